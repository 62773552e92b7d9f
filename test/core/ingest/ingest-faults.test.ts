import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { coreEvent, IngestBench, type IngestBenchOptions, ingestSteps } from '../../fixtures/ingest-bench.ts';
import { type CoreRequestLog, type StandInCore, startOpencastCore } from '../../fixtures/opencast-core.ts';
import { until } from '../../fixtures/until.ts';

let core: StandInCore;
let benches: IngestBench[] = [];
let seen = 0;

before(async () => {
  core = await startOpencastCore();
});
after(() => core.stop());
beforeEach(async () => {
  await core.control('clear_faults');
  seen = (await core.requests()).length;
});
afterEach(async () => {
  for (const bench of benches) await bench.close();
  benches = [];
});

async function open(options: Partial<IngestBenchOptions> = {}): Promise<IngestBench> {
  const bench = await IngestBench.open({ url: core.url, ...options });
  benches.push(bench);
  return bench;
}

/** Of this test only. */
async function requests(): Promise<CoreRequestLog[]> {
  return (await core.requests()).slice(seen);
}

async function ingested(mediaPackageId: string) {
  return (await core.state()).ingested.filter(({ mp }) => mp === mediaPackageId);
}

test('A29 addTrack fails three times: the same package, tried with growing pauses, one ingest', async () => {
  await core.control('fault', { path: '/ingest/addTrack', status: 500, times: 3 });
  const bench = await open();
  const { id } = await bench.record({ event: coreEvent('a29') });
  bench.service.accept('ingest-1', id);
  const done = await bench.whenDelivered(id);
  assert.deepEqual(ingestSteps(await requests()), [
    'createMediaPackageWithID',
    ...Array.from({ length: 4 }, () => 'addTrack'),
    'ingest',
  ]);
  assert.equal((await ingested('a29')).length, 1);
  assert.equal(done.delivery?.attempts, 3);
  assert.ok(bench.progress.some(({ state, error }) => state === 'retrying' && error?.code === 'OPENCAST_STATUS'));
  assert.deepEqual(bench.alarms.list(), []);
});

test('A31 the answer to the last request is lost, then it is refused as active: accepted, once', async () => {
  await core.control('fault', { path: '/ingest/ingest', drop: true, times: 1 });
  await core.control('fault', { path: '/ingest/ingest', status: 500, body: 'workflow already active', times: -1 });
  const bench = await open();
  const { id } = await bench.record({ event: coreEvent('a31') });
  bench.service.accept('ingest-1', id);
  await bench.whenDelivered(id);
  assert.deepEqual(ingestSteps(await requests()), ['createMediaPackageWithID', 'addTrack', 'ingest', 'ingest']);
});

test('A31 refused without a reason: accepted after three of them, never an endless loop', async () => {
  await core.control('fault', { path: '/ingest/ingest', drop: true, times: 1 });
  await core.control('fault', { path: '/ingest/ingest', status: 500, body: '', times: -1 });
  const bench = await open();
  const { id } = await bench.record({ event: coreEvent('a31b') });
  bench.service.accept('ingest-1', id);
  await bench.whenDelivered(id);
  assert.deepEqual(ingestSteps(await requests()), [
    'createMediaPackageWithID',
    'addTrack',
    ...Array.from({ length: 4 }, () => 'ingest'),
  ]);
});

test('A31 a plain 500 that was answered is not taken for acceptance', async () => {
  await core.control('fault', { path: '/ingest/ingest', status: 500, body: 'workflow already active', times: 5 });
  const bench = await open();
  const { id } = await bench.record({ event: coreEvent('a31c') });
  bench.service.accept('ingest-1', id);
  await bench.whenDelivered(id);
  assert.equal((await ingested('a31c')).length, 1);
});

test('A31 asked to ask: it stops, and goes on when a person says so', async () => {
  await core.control('fault', { path: '/ingest/ingest', drop: true, times: 1 });
  const bench = await open({ settings: { onLostReply: 'ask' } });
  const { id } = await bench.record({ event: coreEvent('a31d') });
  bench.service.accept('ingest-1', id);
  const [job] = await until(
    () => {
      const jobs = bench.jobs.list({ queue: 'ingest', states: ['failed'] });
      return jobs.length > 0 && jobs;
    },
    { what: 'the question' },
  );
  assert.equal(job?.error?.code, 'INGEST_UNCLEAR');
  assert.equal(bench.alarms.list()[0]?.code, 'INGEST_UNCLEAR');
  assert.equal(bench.recording(id).state, 'delivering');
  bench.jobs.retry(job?.id ?? '');
  await bench.whenDelivered(id);
  assert.equal((await ingested('a31d')).length, 1);
  assert.deepEqual(bench.alarms.list(), []);
});

test('the core is away: what it has stays, and it goes on when it is back', async () => {
  await core.control('fault', { path: '/ingest/', status: 503, times: 4 });
  await core.control('fault', { path: '/services/', drop: true, times: 3 });
  const bench = await open();
  const { id } = await bench.record({ event: coreEvent('away') });
  bench.service.accept('ingest-1', id);
  await bench.whenDelivered(id);
  assert.equal((await ingested('away')).length, 1);
});

test('a package that the core no longer knows is begun anew', async () => {
  await core.control('fault', { path: '/ingest/addTrack', status: 400, times: 2 });
  const bench = await open();
  const { id } = await bench.record({ event: coreEvent('unknown-package') });
  bench.service.accept('ingest-1', id);
  await bench.whenDelivered(id);
  const create = 'createMediaPackageWithID';
  assert.deepEqual(ingestSteps(await requests()), [create, 'addTrack', 'addTrack', create, 'addTrack', 'ingest']);
});

test('a missing file is an alarm, and no reason to forget the recording', async () => {
  const bench = await open();
  const { id, tracks } = await bench.record({ event: coreEvent('missing') });
  const [track] = tracks;
  await rename(track?.path ?? '', `${track?.path}.away`);
  bench.service.accept('ingest-1', id);
  await until(() => bench.alarms.list()[0]?.code === 'SOURCE_MISSING', { what: 'the alarm' });
  await rename(`${track?.path}.away`, track?.path ?? '');
  await bench.whenDelivered(id);
  assert.deepEqual(bench.alarms.list(), []);
});
