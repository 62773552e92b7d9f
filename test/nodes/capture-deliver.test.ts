import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import register from '../../nodes/capture-deliver/capture-deliver.ts';
import type { DeliveryProgress } from '../../nodes/core/delivery/deliveries.ts';
import type { Station } from '../../nodes/core/station.ts';
import { deliveryStatus } from '../../nodes/kit/delivery-status.ts';
import { provideStation } from '../../nodes/kit/station.ts';
import { DeliveryBench } from '../core/delivery/fixtures/delivery-bench.ts';
import { startNodeRuntime } from '../fixtures/node-runtime.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { until } from '../fixtures/until.ts';

const flow = (fields: object = {}): object[] => [
  { id: 'tab', type: 'tab', label: 'Test' },
  { id: 'deliver', type: 'capture-deliver', z: 'tab', name: 'Archive', wires: [['out'], ['progress']], ...fields },
  { id: 'out', type: 'sink', z: 'tab' },
  { id: 'progress', type: 'sink', z: 'tab' },
  { id: 'catch', type: 'catch', z: 'tab', scope: ['deliver'], uncaught: false, wires: [['caught']] },
  { id: 'caught', type: 'sink', z: 'tab' },
];

async function start(t: TestContext, fields: object = {}) {
  const bench = new DeliveryBench(await temporaryFolder(t)).boot();
  // The node uses nothing else of a station.
  provideStation({ dataRoot: bench.folder, deliveries: bench.service } as unknown as Station);
  const runtime = await startNodeRuntime([register as (red: never) => void], flow(fields));
  t.after(async () => {
    await runtime.stop();
    provideStation(undefined);
    await bench.close();
  });
  const errors = () =>
    runtime.received('caught').map((message) => message['error'] as { code: string; message: string });
  return { bench, runtime, errors, node: runtime.node('deliver') };
}

const payloadOf = (message: Record<string, unknown> | undefined) => message?.['payload'] as Record<string, unknown>;

test('a recorded recording is delivered to the data folder and leaves as delivered', async (t) => {
  const { bench, runtime, node } = await start(t);
  const recording = await bench.record('r1');
  node.receive({ topic: 'recording', payload: recording });
  const [message] = await until(() => runtime.received('out').length > 0 && runtime.received('out'), {
    what: 'output 1',
  });
  assert.equal(message?.['topic'], 'recording');
  const delivered = payloadOf(message);
  assert.equal(delivered['state'], 'delivered');
  const { paths } = delivered['delivery'] as { paths: string[] };
  assert.match(
    paths[0] ?? '',
    new RegExp(`^${join(bench.folder, 'delivered')}/2026-11-2\\d \\d\\d-15-00 Physics\\.mp4$`),
  );
  assert.equal((await readFile(paths[0] ?? '')).length, 300_000);
  const states = runtime.received('progress').map((one) => payloadOf(one)['state']);
  assert.ok(states.includes('copying'), String(states));
  assert.equal(runtime.received('progress')[0]?.['topic'], 'progress');
  await until(() => runtime.statuses('deliver').at(-1)?.['text'] === 'delivered Physics', { what: 'the status' });
});

test('other states are passed on as they came, but not the echo of its own delivery', async (t) => {
  const { bench, runtime, node } = await start(t);
  const recording = await bench.record('r1', [10], { state: 'recording' });
  node.receive({ topic: 'recording', payload: recording, extra: 1 });
  const own = { deliverId: 'deliver', target: '/x', bytesDone: 0, bytesTotal: 1, attempts: 0 };
  node.receive({ topic: 'recording', payload: { ...recording, state: 'delivering', delivery: own } });
  node.receive({ topic: 'recording', payload: { ...recording, state: 'delivered', delivery: own } });
  node.receive({
    topic: 'recording',
    payload: { ...recording, state: 'delivered', delivery: { ...own, deliverId: 'x' } },
  });
  const messages = await until(() => runtime.received('out').length === 2 && runtime.received('out'), {
    what: 'output 1',
  });
  assert.equal(messages[0]?.['extra'], 1);
  assert.deepEqual(
    messages.map((message) => payloadOf(message)['state']),
    ['recording', 'delivered'],
  );
});

test('a message may name the folder and the names; wrong ones are refused with the field', async (t) => {
  const { bench, runtime, node, errors } = await start(t);
  const folder = join(bench.folder, 'share');
  await bench.record('r1');
  node.receive({ payload: bench.book.get('r1'), folder, nameTemplate: '{{id}}' });
  await until(() => runtime.received('out').length === 1, { what: 'the delivery' });
  assert.equal((await readFile(join(folder, 'r1.mp4'))).length, 300_000);

  const recording = await bench.record('r2');
  node.receive({ payload: { id: 'nobody', state: 'recorded' } });
  node.receive({ payload: { state: 'recorded' } });
  node.receive({ payload: 'r2' });
  node.receive({ payload: recording, folder: 'not/absolute' });
  node.receive({ payload: recording, nameTemplate: '{{titel}}' });
  const all = await until(() => errors().length === 5 && errors(), { what: 'all refusals' });
  assert.deepEqual(
    all.map(({ code }) => code),
    ['RECORDING_UNKNOWN', 'MESSAGE_INVALID', 'MESSAGE_INVALID', 'INPUT_INVALID', 'INPUT_INVALID'],
  );
  assert.match(all[1]?.message ?? '', /payload\.id: is missing/);
  assert.match(all[3]?.message ?? '', /msg\.folder: must be an absolute path/);
  assert.match(all[4]?.message ?? '', /msg\.nameTemplate: has \{\{titel\}\}/);
});

test('a wrong setting turns the node red and names the field', async (t) => {
  const { runtime } = await start(t, { folder: 'relative' });
  await until(() => runtime.statuses('deliver').length > 0, { what: 'a status' });
  const [status] = runtime.statuses('deliver');
  assert.equal(status?.['fill'], 'red');
  assert.match(String(status?.['text']), /^folder: must be an absolute path/);
});

test('a deploy keeps what is under way, deleting the node gives it up', async (t) => {
  const { bench, runtime, node } = await start(t, { folder: '/nowhere/at/all', check: 'exists' });
  node.receive({ payload: await bench.record('r1') });
  await until(() => /is not there/.test(String(runtime.statuses('deliver').at(-1)?.['text'])), { what: 'the failure' });
  await runtime.deploy(flow({ folder: '/nowhere/at/all', check: 'exists', name: 'renamed' }));
  assert.equal(bench.state('r1'), 'delivering');
  await runtime.deploy([{ id: 'tab', type: 'tab', label: 'Test' }]);
  assert.equal(bench.state('r1'), 'recorded');
});

test('the status tells the most telling of several', () => {
  const one = (fields: Partial<DeliveryProgress>): DeliveryProgress => ({
    ...{ deliverId: 'd', recordingId: 'r', title: 'Physics', target: '/x', state: 'copying' },
    ...{ bytesDone: 43, bytesTotal: 100, attempts: 0 },
    ...fields,
  });
  const text = (...all: DeliveryProgress[]) => deliveryStatus(all, 'd').text;
  assert.equal(text(), 'ready');
  assert.equal(deliveryStatus([], 'd', 'Physics').text, 'delivered Physics');
  assert.equal(text(one({})), 'delivering Physics 43 %');
  assert.equal(
    text(one({ state: 'waiting', title: 'x' }), one({}), one({ deliverId: 'other' })),
    'delivering Physics 43 % (+1)',
  );
  assert.equal(text(one({ bytesTotal: 0 })), 'delivering Physics 0 %');
  assert.equal(text(one({ state: 'verifying' })), 'verifying Physics');
  const error = { code: 'TARGET_MISSING', message: 'the folder /x is not there' };
  assert.equal(text(one({ state: 'retrying', error })), 'Physics: the folder /x is not there');
});
