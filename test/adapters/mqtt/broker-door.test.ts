import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { connectAsync, type MqttClient } from 'mqtt';
import type { BusMessage } from '../../../nodes/core/bus/message-bus.ts';
import { type BrokerBench, collect, mosquitto, startBroker } from '../../fixtures/broker-bench.ts';
import { until } from '../../fixtures/until.ts';

let bench: BrokerBench;

before(async () => {
  bench = await startBroker({ drainMs: 1500, portRetryMs: 100, connections: 40 });
});
after(() => bench.stop());
beforeEach(() => void bench.lines.splice(0));

const closeOf = (client: MqttClient): Promise<void> => new Promise((resolve) => void client.once('close', resolve));
const text = (payload: Uint8Array): string => new TextDecoder().decode(payload);
const pub = (user: string, ...more: string[]) =>
  mosquitto('mosquitto_pub', ['-p', String(bench.port), '-u', user, '-P', user, ...more]);

test('nobody comes in without a login', async () => {
  for (const options of [
    { username: 'operator', password: 'wrong' },
    { username: 'nobody', password: 'nobody' },
    { username: 'token', password: 'wrong' },
    { username: '', password: '' },
    {},
  ]) {
    await assert.rejects(
      connectAsync(`mqtt://127.0.0.1:${bench.port}`, { protocolVersion: 4, reconnectPeriod: 0, ...options }, false),
      { code: 4 },
    );
  }
  const client = await connectAsync(
    `mqtt://127.0.0.1:${bench.port}`,
    { protocolVersion: 4, reconnectPeriod: 0, username: 'token', password: 't0ken' },
    false,
  );
  await client.endAsync();
  assert.ok(!bench.lines.some((line) => line.includes('wrong\n') || line.includes('t0ken')));
});

test('the matrix of roles holds on the wire', async () => {
  const isAllowed = async (user: string, topic: string): Promise<boolean> => {
    const heard: string[] = [];
    const stop = bench.broker.subscribe(topic, ({ payload }) => heard.push(text(payload)));
    const login = user === 'token' ? { username: 'token', password: 't0ken' } : {};
    const client = await bench.client(user, login);
    client.publish(topic, user);
    await until(() => heard.length > 0 || !client.connected, { what: 'the message or the end of the connection' });
    stop();
    await client.endAsync(true);
    return heard.length > 0;
  };
  const rows: Record<string, boolean[]> = {};
  for (const user of ['viewer', 'operator', 'token', 'admin']) {
    rows[user] = [];
    for (const topic of [
      'reelflow/hall-2/command/record/start',
      'reelflow/hall-2/status',
      'reelflow/hall-3/reply/a1',
      'home/lamp',
    ]) {
      rows[user].push(await isAllowed(user, topic));
    }
  }
  assert.deepEqual(rows, {
    viewer: [false, false, false, false],
    operator: [true, false, false, true],
    token: [true, true, false, true],
    admin: [true, true, true, true],
  });
});

test('$SYS and shared subscriptions are refused, and commands are only heard by whom they are for', async () => {
  const viewer = await bench.client('viewer');
  for (const filter of ['$SYS/#', '$share/g/reelflow/#']) {
    await assert.rejects(viewer.subscribeAsync(filter), filter);
  }
  const agent = await bench.client('agent', { username: 'token', password: 't0ken' });
  const [seen, taken] = [await collect(viewer, '#'), await collect(agent, 'reelflow/hall-2/command/#')];
  bench.broker.publish('reelflow/hall-2/command/camera/configure', { id: 'c1', password: 'secret' });
  bench.broker.publish('reelflow/hall-2/reply/c1', { id: 'c1', ok: true });
  await until(() => taken.length === 1 && seen.length > 0, { what: 'the command and the reply' });
  assert.deepEqual(
    seen.map(({ topic }) => topic),
    ['reelflow/hall-2/reply/c1'],
  );
  await Promise.all([viewer.endAsync(), agent.endAsync()]);
});

test('a last will is checked at the login, and told when the client is gone without a word', async () => {
  const will = {
    topic: 'reelflow/hall-2/status',
    payload: Buffer.from('{"online":false}'),
    retain: true,
    qos: 0 as const,
  };
  await assert.rejects(bench.client('operator', { will }), { code: 5 });
  const command = { ...will, topic: 'reelflow/hall-1/command/record/start' };
  const heard: BusMessage[] = [];
  const stop = bench.broker.subscribe('reelflow/#', (message) => heard.push(message));
  const sly = await bench.client('operator', { will: command });
  sly.stream.destroy();
  const agent = await bench.client('agent', { username: 'token', password: 't0ken', will });
  agent.stream.destroy();
  await until(() => heard.some(({ topic, isRetained }) => topic === will.topic && !isRetained), { what: 'the will' });
  assert.ok(bench.lines.some((line) => line.includes('a last will can not be a command')));
  assert.ok(!heard.some(({ topic }) => topic === command.topic));
  stop();
});

test('a client id can not be taken from somebody else', async () => {
  const viewer = await bench.client('viewer', { clientId: 'tablet' });
  await assert.rejects(bench.client('operator', { clientId: 'tablet' }), { code: 2 });
  assert.ok(viewer.connected);
  // The same user takes over, as MQTT-3.1.4-2 has it.
  const closed = closeOf(viewer);
  const again = await bench.client('viewer', { clientId: 'tablet' });
  await closed;
  const heard = await collect(again, 'x/y');
  bench.broker.publish('x/y', '1');
  await until(() => heard.length === 1, { what: 'the message for the new one' });
  await again.endAsync();
});

test('sessions that outlive their connection are refused but for known clients', async () => {
  await assert.rejects(bench.client('operator', { clean: false, clientId: 'hoarder' }), { code: 2 });
  const other = await startBroker({}, { sessionIds: ['known'] });
  try {
    const known = await other.client('operator', { clean: false, clientId: 'known' });
    await collect(known, 'a/b', 1);
    await known.endAsync();
    other.broker.publish('a/b', 'kept for you', { qos: 1 });
    const login = ['-p', String(other.port), '-u', 'operator', '-P', 'operator'];
    const { out } = await mosquitto('mosquitto_sub', [
      ...login,
      '-c',
      '-i',
      'known',
      '-q',
      '1',
      '-t',
      'a/b',
      '-C',
      '1',
    ]);
    assert.equal(out, 'kept for you\n');
  } finally {
    await other.stop();
  }
});

test('an MQTT 5 client gets a clean refusal', async () => {
  const { code, err } = await pub('operator', '-V', '5', '-t', 'home/lamp', '-m', 'on');
  assert.notEqual(code, 0);
  assert.match(err, /protocol version/i);
  assert.equal((await pub('operator', '-V', '311', '-t', 'home/lamp', '-m', 'on')).code, 0);
});

test('a packet that announces too much closes the connection, before the login too', async () => {
  const client = await bench.client('operator');
  const closed = closeOf(client);
  client.publish('home/lamp', Buffer.alloc(1024 * 1024 + 1));
  await closed;
  assert.ok(bench.lines.some((line) => line.includes('packet of 10485')));
  const fits = await bench.client('operator');
  await fits.publishAsync('home/lamp', Buffer.alloc(1024 * 1024 - 100), { qos: 1 });
  await fits.endAsync();

  const stranger = connect(bench.port, '127.0.0.1');
  // CONNECT with a remaining length of 256 MiB - 1.
  stranger.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]));
  await once(stranger, 'close');
});

test('a client that says nothing is not waited for, and there are not endlessly many', async () => {
  const small = await startBroker({ connectMs: 300, connections: 3 });
  try {
    const idle = connect(small.port, '127.0.0.1');
    const closed = once(idle, 'close');
    await closed;
    const three = await Promise.all(['viewer', 'operator', 'admin'].map((user) => small.client(user)));
    await assert.rejects(small.client('viewer'));
    assert.equal(small.broker.clientCount, 3);
    await three[0]?.endAsync();
    await until(() => small.broker.clientCount === 2, { what: 'the place to be free' });
    await small.client('viewer');
  } finally {
    await small.stop();
  }
});

test('MQTT over WebSocket on an HTTP server, with a password or as a logged-in page of our own', async () => {
  const server = createServer((_request, response) => response.end('page'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  bench.broker.attachWebSocket(server);
  bench.broker.attachWebSocket(server);
  const url = `ws://127.0.0.1:${port}/mqtt`;
  const open = (options: object) => connectAsync(url, { protocolVersion: 4, reconnectPeriod: 0, ...options }, false);
  const clients: MqttClient[] = [];
  try {
    const operator = await open({ username: 'operator', password: 'operator' });
    clients.push(operator);
    const heard = await collect(operator, 'ws/+');
    await operator.publishAsync('ws/a', 'over a web socket', { qos: 1 });
    await until(() => heard.length === 1, { what: 'the message' });
    await assert.rejects(open({ username: 'operator', password: 'wrong' }), { code: 4 });
    await assert.rejects(open({}), { code: 4 });
    const page = (origin: string) => ({ wsOptions: { headers: { cookie: 'session=good', origin } } });
    clients.push(await open(page(`http://127.0.0.1:${port}`)));
    await assert.rejects(open(page('http://evil.example')), { code: 4 });
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'page');
    const closed = closeOf(operator);
    operator.publish('ws/a', Buffer.alloc(1024 * 1024 + 10));
    await closed;
  } finally {
    for (const client of clients) await client.endAsync(true);
    server.close();
    server.closeAllConnections();
  }
});
