import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ClientBus } from '../../../nodes/adapters/mqtt/client-bus.ts';
import { openBus, openedBus } from '../../../nodes/adapters/mqtt/open-bus.ts';
import { Alarms } from '../../../nodes/core/alarms/alarms.ts';
import type { BusMessage } from '../../../nodes/core/bus/message-bus.ts';
import { access, linesTo, mosquitto, startMosquitto } from '../../fixtures/broker-bench.ts';
import { freePort } from '../../fixtures/free-port.ts';
import { until } from '../../fixtures/until.ts';

let port: number;
let folder: string;
let broker: { stop(): Promise<void> };
const lines: string[] = [];
const log = linesTo(lines);

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mosquitto-'));
  port = await freePort();
  broker = await startMosquitto(port, folder);
});
after(async () => {
  await broker.stop();
  rmSync(folder, { recursive: true, force: true });
});

const login = (): string[] => ['-p', String(port), '-u', 'bus', '-P', 'bus'];
const text = (message: BusMessage | undefined): string => new TextDecoder().decode(message?.payload);

async function openClient(agent = 'hall-1', url = `mqtt://bus:bus@127.0.0.1:${port}`): Promise<ClientBus> {
  const bus = new ClientBus({ agent, url, log, reconnectMs: 100 });
  await until(() => bus.isConnected, { what: 'the connection' });
  return bus;
}

test('messages go through a real mosquitto both ways, retained ones are told apart', async () => {
  const bus = await openClient();
  try {
    const heard: BusMessage[] = [];
    await mosquitto('mosquitto_pub', [...login(), '-t', 'in/kept', '-m', 'old', '-r']);
    const stop = bus.subscribe('in/#', (message) => heard.push(message));
    await until(() => heard.length === 1, { what: 'the retained message' });
    assert.equal(heard[0]?.isRetained, true);
    await mosquitto('mosquitto_pub', [...login(), '-t', 'in/live', '-m', 'new']);
    await until(() => heard.length === 2, { what: 'the live message' });
    assert.equal(heard[1]?.isRetained, false);
    assert.equal(text(heard[1]), 'new');
    assert.equal(heard[1]?.sender, undefined);
    stop();
    bus.publish('out/state', { a: 1 }, { isRetained: true, qos: 1 });
    const { out } = await mosquitto('mosquitto_sub', [...login(), '-t', 'out/#', '-C', '1', '-v']);
    assert.equal(out, 'out/state {"a":1}\n');
  } finally {
    await bus.close();
  }
});

test('after the broker was away retained state is said again, and what waited is sent', async () => {
  const bus = await openClient('hall-2');
  try {
    const heard: string[] = [];
    bus.subscribe('back/#', (message) => heard.push(text(message)));
    bus.publish('reelflow/hall-2/status', { online: true, turn: 1 }, { isRetained: true });
    // mosquitto without persistence forgets everything when it ends.
    await broker.stop();
    await until(() => !bus.isConnected && bus.trouble?.code === 'BROKER_UNREACHABLE', {
      what: 'the loss to be noticed',
    });
    bus.publish('reelflow/hall-2/status', { online: true, turn: 2 }, { isRetained: true });
    bus.publish('reelflow/hall-2/event/alarm', { waited: true }, { qos: 1 });
    bus.publish('reelflow/hall-2/level/hall', { lost: true });
    const waiting = new Promise((resolve) => setTimeout(resolve, 150));
    await waiting;
    broker = await startMosquitto(port, folder);
    const events = mosquitto('mosquitto_sub', [...login(), '-t', 'reelflow/hall-2/#', '-W', '5', '-C', '1', '-v']);
    await until(() => bus.isConnected, { what: 'the connection to be back' });
    assert.equal(bus.trouble, undefined);
    assert.equal((await events).out, 'reelflow/hall-2/status {"online":true,"turn":2}\n');
    await mosquitto('mosquitto_pub', [...login(), '-t', 'back/a', '-m', 'subscribed again']);
    await until(() => heard.length === 1, { what: 'the subscription to be back' });
  } finally {
    await bus.close();
  }
});

test('what waits for the broker is bounded, the newest stays', async () => {
  const listener = await openClient('hall-9');
  const heard: string[] = [];
  listener.subscribe('queue/x', (message) => heard.push(text(message)));
  await until(
    async () => {
      await mosquitto('mosquitto_pub', [...login(), '-t', 'queue/x', '-m', 'ready']);
      return heard.includes('ready');
    },
    { what: 'the subscription' },
  );
  heard.splice(0);
  const bus = new ClientBus({ agent: 'hall-3', url: `mqtt://bus:bus@127.0.0.1:${port}`, log, mostWaiting: 5 });
  try {
    // In one go, so before any connection can be there.
    for (let index = 0; index < 50; index += 1) bus.publish('queue/x', String(index), { qos: 1 });
    await until(() => heard.includes('49'), { what: 'the last message' });
    assert.deepEqual(heard, ['45', '46', '47', '48', '49']);
  } finally {
    await Promise.all([bus.close(), listener.close()]);
  }
});

test('the last will says that a killed agent is away, close() says it itself', async () => {
  const { fork } = await import('node:child_process');
  const child = fork(join(import.meta.dirname, '../../fixtures/tools/bus-agent.ts'), [
    `mqtt://bus:bus@127.0.0.1:${port}`,
  ]);
  const status = async () =>
    (await mosquitto('mosquitto_sub', [...login(), '-t', 'reelflow/doomed/status', '-C', '1', '-W', '5'])).out;
  await until(async () => (await status()) === '{"online":true}\n', { what: 'the agent to be there' });
  child.kill('SIGKILL');
  await until(async () => (await status()) === '{"online":false}\n', { what: 'the will' });
  const polite = await openClient('polite');
  polite.publish('reelflow/polite/status', { online: true }, { isRetained: true, qos: 1 });
  await polite.close();
  await polite.close();
  const { out } = await mosquitto('mosquitto_sub', [...login(), '-t', 'reelflow/polite/status', '-C', '1', '-W', '5']);
  assert.equal(out, '{"online":false}\n');
});

test('a broker that is away or refuses us is an alarm without the password, and nothing waits for it', async () => {
  const alarms = new Alarms({ now: () => Date.now(), monotonicMs: () => performance.now() });
  const environment = { agent: 'hall-4', host: '127.0.0.1', mqttPort: 0 };
  const options = { environment, access, retainedPath: join(folder, 'unused.json'), log };
  lines.splice(0);
  const refused = await openBus({
    ...options,
    environment: { ...environment, broker: `mqtt://bus:hunter2@127.0.0.1:${port}` },
    alarms,
  });
  assert.equal(refused.bus.isConnected, false);
  refused.bus.publish('a', 'b');
  await until(() => refused.bus.trouble?.code === 'BROKER_REFUSED', { what: 'the refusal' });
  assert.ok(!JSON.stringify([lines, refused.bus.trouble]).includes('hunter2'));
  assert.equal(openedBus(refused.bus), refused);
  await refused.close();
  await assert.rejects(openBus({ ...options, environment: { ...environment, agent: 'all', broker: 'embedded' } }), {
    code: 'AGENT_NAME_INVALID',
  });
});

test('openBus raises the alarm of a taken port at once and clears it when it is free', async () => {
  const alarms = new Alarms({ now: () => Date.now(), monotonicMs: () => performance.now() });
  const environment = { agent: 'hall-5', host: '127.0.0.1', mqttPort: port, broker: 'embedded' };
  const opened = await openBus({ environment, access, retainedPath: join(folder, 'r.json'), log, alarms });
  assert.deepEqual(
    alarms.list().map(({ key, code }) => [key, code]),
    [['bus', 'BROKER_PORT_TAKEN']],
  );
  await broker.stop();
  await until(() => alarms.list().length === 0, { what: 'the alarm to be over' });
  await opened.close();
  broker = await startMosquitto(port, folder);
});
