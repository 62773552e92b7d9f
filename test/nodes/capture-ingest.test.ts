import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import register from '../../nodes/capture-ingest/capture-ingest.ts';
import { ingestConfig } from '../../nodes/capture-ingest/config.ts';
import { settingsOf } from '../../nodes/capture-ingest/settings.ts';
import { statusOf } from '../../nodes/capture-ingest/status.ts';
import type { IngestProgress } from '../../nodes/core/ingest/ingests.ts';
import type { Recording } from '../../nodes/core/recording/recording.ts';
import type { Station } from '../../nodes/core/station.ts';
import { provideStation } from '../../nodes/kit/station.ts';
import { coreEvent, IngestBench } from '../fixtures/ingest-bench.ts';
import { type NodeRuntime, startNodeRuntime } from '../fixtures/node-runtime.ts';
import { type StandInCore, startOpencastCore } from '../fixtures/opencast-core.ts';
import { until } from '../fixtures/until.ts';

const flow = [
  {
    id: 'ingest',
    type: 'capture-ingest',
    version: 1,
    core: 'core-1',
    workflow: 'own',
    wires: [['out'], ['progress']],
  },
  { id: 'lost', type: 'capture-ingest', version: 1, core: '', wires: [[], []] },
  { id: 'out', type: 'sink' },
  { id: 'progress', type: 'sink' },
];

let core: StandInCore;
let bench: IngestBench;
let runtime: NodeRuntime;

before(async () => {
  core = await startOpencastCore();
  bench = await IngestBench.open({ url: core.url });
  provideStation({ ingests: bench.service } as unknown as Station);
  runtime = await startNodeRuntime([register as never], flow);
});
after(async () => {
  await runtime.stop();
  await bench.close();
  await core.stop();
});

const accepted = (id: string): Recording | undefined =>
  runtime
    .received('out')
    .map(({ payload }) => payload as Recording)
    .find((one) => one.id === id && one.state === 'delivered');

test('a recorded recording is uploaded and leaves at output 1, its progress at output 2', async () => {
  const recording = await bench.record({ event: coreEvent('node-1') });
  runtime.node('ingest').receive({ topic: 'recording', payload: recording });
  const done = await until(() => accepted(recording.id), { what: 'the accepted recording' });
  assert.equal(done.delivery?.deliverId, 'ingest');
  const progress = runtime.received('progress').map(({ payload }) => payload as IngestProgress);
  assert.ok(progress.some(({ recordingId, state }) => recordingId === recording.id && state === 'uploading'));
  await until(() => runtime.statuses('ingest').at(-1)?.['text'] === 'accepted Physics', { what: 'the status' });
});

test('held by the message, uploaded by a request', async () => {
  const recording = await bench.record({ event: coreEvent('node-2') });
  runtime.node('ingest').receive({ topic: 'recording', payload: recording, hold: true });
  await until(() => bench.recording(recording.id).isOnHold, { what: 'the hold' });
  runtime.node('ingest').receive({ payload: { action: 'upload', id: recording.id } });
  await until(() => accepted(recording.id), { what: 'the accepted recording' });
});

test('workflow and parameters of the message, for a recording without an event', async () => {
  const recording = await bench.record({ origin: 'manual' });
  const more = { workflow: 'other', workflowParameters: { trim: true } };
  runtime.node('ingest').receive({ payload: recording, ...more });
  await until(() => accepted(recording.id), { what: 'the accepted recording' });
  const last = (await core.state()).ingested.at(-1);
  assert.equal(last?.wf, 'other');
  assert.equal(last?.config['trim'], 'true');
});

test('other states pass through; nonsense is refused with the field', async () => {
  const recording = await bench.record({ state: 'failed' });
  runtime.node('ingest').receive({ payload: recording, mark: 1 });
  await until(() => runtime.received('out').some((message) => message['mark'] === 1), { what: 'the other state' });
  runtime.node('ingest').receive({ payload: { id: 'x' } });
  await until(() => runtime.lines('ingest').some(({ text }) => text.startsWith('payload.state')), {
    what: 'the error',
  });
  runtime.node('ingest').receive({ payload: { action: 'cancel', id: 'x' } });
  await until(() => runtime.lines('ingest').some(({ text }) => text.includes('recording x')), {
    what: 'the other error',
  });
});

test('without an Opencast it says so', () => {
  assert.ok(runtime.lines('lost').some(({ text }) => text.startsWith('no Opencast is chosen')));
});

test('the form becomes settings; wrong fields are named', () => {
  const config = ingestConfig.parse({
    core: 'core-1',
    workflowParameters: '# comment\npublish = true\na.b = x=y\n',
    flavors: 'screen = presentation/source',
    tags: '* = archive, hd',
    readRoles: 'ROLE_USER, ROLE_A',
    delayMinMinutes: '1',
    delayMaxMinutes: '5',
    rateMbit: '80',
    windowFrom: '22:00',
    windowTo: '06:00',
  });
  const settings = settingsOf({ id: 'n', name: 'N', config });
  assert.deepEqual(settings.workflowParameters, { publish: 'true', 'a.b': 'x=y' });
  assert.deepEqual(settings.flavors, { screen: 'presentation/source' });
  assert.deepEqual(settings.tags, { '*': ['archive', 'hd'] });
  assert.deepEqual(settings.access, { read: ['ROLE_USER', 'ROLE_A'], write: [] });
  assert.deepEqual([settings.delayMinMs, settings.delayMaxMs], [60_000, 300_000]);
  assert.equal(settings.bytesPerSecond, 10_000_000);
  assert.deepEqual(settings.window, { fromMinute: 1320, toMinute: 360 });
  const wrong = (fields: object) => ingestConfig.safeParse(fields).error?.issues.map(({ path }) => path[0]);
  assert.deepEqual(wrong({ flavors: 'screen = presentation' }), ['flavors']);
  assert.deepEqual(wrong({ workflowParameters: 'no equals sign' }), ['workflowParameters']);
  assert.deepEqual(wrong({ delayMinMinutes: 5, delayMaxMinutes: 1 }), ['delayMaxMinutes']);
  assert.deepEqual(wrong({ windowFrom: '22:00' }), ['windowTo']);
  assert.deepEqual(wrong({ windowFrom: 'night', windowTo: '06:00' }), ['windowFrom']);
});

test('the status says what matters most', () => {
  const one = (state: IngestProgress['state'], more: Partial<IngestProgress> = {}): IngestProgress => ({
    ingestId: 'n',
    recordingId: state,
    title: 'Physics',
    target: '',
    state,
    bytesDone: 45,
    bytesTotal: 100,
    bytesPerSecond: 12_300_000,
    attempts: 0,
    ...more,
  });
  assert.equal(statusOf([], 'n').text, 'ready');
  assert.equal(statusOf([one('held'), one('uploading')], 'n').text, 'Physics 45 %, 12 MB/s (+1)');
  assert.equal(statusOf([one('retrying', { error: { code: 'X', message: 'no way' } })], 'n').text, 'Physics: no way');
  assert.equal(statusOf([one('held')], 'other').text, 'ready');
});
