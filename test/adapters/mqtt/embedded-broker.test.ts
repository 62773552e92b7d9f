import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { MqttClient } from 'mqtt';
import type { BusMessage } from '../../../nodes/core/bus/message-bus.ts';
import { type BrokerBench, collect, mosquitto, startBroker } from '../../fixtures/broker-bench.ts';
import { connectPacket, subscribePacket } from '../../fixtures/mqtt-packets.ts';
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

test('messages go between this process and foreign programs', async () => {
  const heard: BusMessage[] = [];
  const stop = bench.broker.subscribe('home/+', (message) => heard.push(message));
  assert.equal((await pub('operator', '-t', 'home/lamp', '-m', 'on', '-q', '1')).code, 0);
  await until(() => heard.length === 1, { what: 'the message' });
  assert.equal(heard[0]?.topic, 'home/lamp');
  assert.equal(text(heard[0]?.payload ?? new Uint8Array()), 'on');
  assert.equal(heard[0]?.sender, 'operator');
  assert.equal(heard[0]?.senderRole, 'operator');
  assert.equal(heard[0]?.isRetained, false);
  stop();

  const viewer = await bench.client('viewer');
  const got = await collect(viewer, 'reelflow/hall-1/#');
  bench.broker.publish('reelflow/hall-1/level/hall', { at: 'now', levelDbfs: -20 });
  bench.broker.publish('reelflow/hall-1/preview/hall', new Uint8Array([0xff, 0xd8, 0x00, 0xff]));
  await until(() => got.length === 2, { what: 'both messages' });
  assert.deepEqual(
    got.map(({ topic }) => topic),
    ['reelflow/hall-1/level/hall', 'reelflow/hall-1/preview/hall'],
  );
  assert.deepEqual(JSON.parse(got[0]?.text ?? ''), { at: 'now', levelDbfs: -20 });
  await viewer.endAsync();
});

test('messages of different kinds that are published at once all arrive', async () => {
  const viewer = await bench.client('viewer');
  const got = await collect(viewer, 'mixed/#', 1);
  for (let round = 0; round < 20; round += 1) {
    bench.broker.publish(`mixed/${round}/qos1`, 'a', { qos: 1 });
    bench.broker.publish(`mixed/${round}/retained`, 'b', { isRetained: true });
    bench.broker.publish(`mixed/${round}/plain`, 'c');
    bench.broker.publish(`mixed/${round}/retained`, '', { isRetained: true });
  }
  await until(() => got.length >= 80, { what: 'all 80 messages', timeoutMs: 3000 });
  // Several subscriptions that match: still one copy.
  await viewer.subscribeAsync('mixed/#', { qos: 0 });
  await viewer.subscribeAsync('mixed/+/qos1', { qos: 0 });
  got.splice(0);
  bench.broker.publish('mixed/x/qos1', 'once');
  bench.broker.publish('mixed/y/end', 'end');
  await until(() => got.some(({ text }) => text === 'end'), { what: 'the last message' });
  assert.deepEqual(
    got.map(({ text }) => text),
    ['once', 'end'],
  );
  await viewer.endAsync();
});

test('in this process messages need no network, and a failing listener disturbs nobody', async () => {
  const heard: string[] = [];
  const stops = [
    bench.broker.subscribe('local/#', () => {
      throw new Error('bad listener');
    }),
    bench.broker.subscribe('local/#', ({ payload }) => heard.push(text(payload))),
  ];
  bench.broker.publish('local/a', { a: 1 });
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(heard, ['{"a":1}']);
  assert.ok(bench.lines.some((line) => line.includes('bad listener')));
  for (const stop of stops) stop();
  bench.broker.publish('local/a', 'later');
  await delay(20);
  assert.equal(heard.length, 1);
});

test('retained messages of others outlive a stop and a kill; statuses become offline', async () => {
  const kept = await startBroker();
  try {
    const admin = await kept.client('admin');
    await admin.publishAsync('home/lamp', 'on', { retain: true, qos: 1 });
    await admin.publishAsync('home/gone', 'x', { retain: true, qos: 1 });
    await admin.publishAsync('home/gone', '', { retain: true, qos: 1 });
    await admin.publishAsync('reelflow/hall-2/status', '{"online":true}', { retain: true, qos: 1 });
    kept.broker.publish('reelflow/hall-1/status', { online: true }, { isRetained: true });
    await admin.endAsync();
    await kept.restart('stop');
    const expected = [
      { topic: 'home/lamp', text: 'on', retain: true },
      { topic: 'reelflow/hall-2/status', text: '{"online":false}', retain: true },
    ];
    const viewer = await kept.client('viewer');
    const heard = await collect(viewer, '#');
    await until(() => heard.length >= 2, { what: 'the retained messages' });
    await delay(50);
    // Our own state is not kept: whoever publishes it says it again.
    assert.deepEqual(heard, expected);

    const { readFileSync } = await import('node:fs');
    const file = () => readFileSync(`${kept.folder}/retained.json`, 'utf8');
    const late = await kept.client('admin');
    await late.publishAsync('home/late', 'just in time', { retain: true, qos: 1 });
    await until(() => file().includes('home/late'), { what: 'the file to be written by itself' });
    await kept.restart('kill');
    const again = await kept.client('viewer');
    const after = await collect(again, 'home/#');
    await until(() => after.length >= 2, { what: 'the retained messages' });
    assert.deepEqual(after.map(({ topic }) => topic).sort(), ['home/lamp', 'home/late']);
    const local: string[] = [];
    kept.broker.subscribe('home/#', ({ topic, isRetained }) => void (isRetained && local.push(topic)));
    await until(() => local.length === 2, { what: 'the retained messages in this process' });
  } finally {
    await kept.stop();
  }
});

test('a damaged file is put aside, and the broker begins without', async () => {
  const { writeFileSync, existsSync } = await import('node:fs');
  const broken = await startBroker();
  try {
    await broken.broker.close();
    writeFileSync(`${broken.folder}/retained.json`, '{"version":1,"mess');
    await broken.restart('stop');
    assert.ok(existsSync(`${broken.folder}/retained.json.damaged`));
    await broken.client('viewer');
  } finally {
    await broken.stop();
  }
});

test('a retained command is carried out once and not kept', async () => {
  const heard: BusMessage[] = [];
  const stop = bench.broker.subscribe('reelflow/hall-1/command/#', (message) => heard.push(message));
  await pub('operator', '-t', 'reelflow/hall-1/command/lamp/on', '-m', '{"id":"r1"}', '-r', '-q', '1');
  await until(() => heard.length === 1, { what: 'the command' });
  stop();
  const later: BusMessage[] = [];
  bench.broker.subscribe('reelflow/hall-1/command/#', (message) => later.push(message))();
  const admin = await bench.client('admin');
  const got = await collect(admin, 'reelflow/hall-1/command/#');
  await collect(admin, 'nothing/here', 1);
  assert.deepEqual([got, later], [[], []]);
  await admin.endAsync();
});

test('a subscriber that does not read is thrown out, and the others get everything', async () => {
  const frozen = connect(bench.port, '127.0.0.1');
  frozen.write(connectPacket('frozen', 'viewer', 'viewer'));
  await once(frozen, 'data');
  frozen.write(subscribePacket('flood'));
  await once(frozen, 'data');
  frozen.pause();
  const healthy = await bench.client('viewer');
  let count = 0;
  healthy.on('message', () => {
    count += 1;
  });
  await healthy.subscribeAsync('flood');
  const payload = Buffer.alloc(10_000, 'x');
  const total = 2000;
  let longestGapMs = 0;
  let lastAt = performance.now();
  healthy.on('message', () => {
    longestGapMs = Math.max(longestGapMs, performance.now() - lastAt);
    lastAt = performance.now();
  });
  for (let sent = 0; sent < total; sent += 1) {
    bench.broker.publish('flood', payload);
    if (sent % 20 === 0) await delay(2);
  }
  await until(() => count === total, { timeoutMs: 15_000, what: 'all messages at the healthy subscriber' });
  assert.ok(longestGapMs < 5000, `a gap of ${longestGapMs} ms`);
  await until(() => bench.lines.some((line) => line.includes('drain timeout')), { what: 'the frozen one to be out' });
  frozen.destroy();
  await healthy.endAsync();
});

test('a round trip does not wait for delayed ACKs', async () => {
  const client = await bench.client('operator');
  let left = 3000;
  const { promise: done, resolve } = Promise.withResolvers<void>();
  client.on('message', () => {
    left -= 1;
    if (left > 0) client.publish('echo/x', 'x');
    else resolve();
  });
  await client.subscribeAsync('echo/x');
  const startedAt = performance.now();
  // A window of 20, as a program that answers itself has.
  for (let index = 0; index < 20; index += 1) client.publish('echo/x', 'x');
  await done;
  const perSecond = 3000 / ((performance.now() - startedAt) / 1000);
  // Without noDelay each round waits some 40 ms for its ACK: 500 in a second at the very most, measured 77.
  assert.ok(perSecond > 500, `${Math.round(perSecond)} messages a second`);
  await client.endAsync();
});

test('a port that is taken is an open trouble, tried again until it is free', async () => {
  const blocker = await startBroker();
  const { EmbeddedBroker } = await import('../../../nodes/adapters/mqtt/embedded-broker.ts');
  const { access } = await import('../../fixtures/broker-bench.ts');
  const second = new EmbeddedBroker({
    agent: 'hall-9',
    host: '127.0.0.1',
    port: blocker.port,
    access,
    retainedPath: `${bench.folder}/second.json`,
    log: bench.log,
    limits: { portRetryMs: 50 },
  });
  try {
    await second.open();
    assert.equal(second.trouble?.code, 'BROKER_PORT_TAKEN');
    assert.match(second.trouble?.message ?? '', /REELFLOW_MQTT_PORT/);
    // Said once, not at each try.
    await delay(200);
    assert.equal(bench.lines.filter((line) => line.startsWith('error')).length, 1);
    // In this process it works all the same.
    const heard: string[] = [];
    second.subscribe('a', ({ payload }) => heard.push(text(payload)));
    second.publish('a', 'b');
    await until(() => heard.length === 1, { what: 'the local message' });
    await blocker.stop();
    await until(() => second.trouble === undefined, { what: 'the port' });
    assert.equal(second.port, blocker.port);
  } finally {
    await second.close();
    await blocker.stop();
  }
});

test('the end is said to those who are there, also by a process that is busy, and is quick', async () => {
  const ending = await startBroker();
  const viewer = await ending.client('viewer');
  const heard = await collect(viewer, 'reelflow/hall-1/status');
  const closed = closeOf(viewer);
  const busy = setInterval(() => {
    const until = performance.now() + 30;
    while (performance.now() < until);
  }, 1);
  const startedAt = performance.now();
  await ending.broker.close();
  await ending.broker.close();
  clearInterval(busy);
  assert.ok(performance.now() - startedAt < 1500);
  await closed;
  assert.deepEqual(heard, [{ topic: 'reelflow/hall-1/status', text: '{"online":false}', retain: false }]);
  ending.broker.publish('a', 'after the end');
  await ending.stop();
});
