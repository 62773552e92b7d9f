import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { coreEvent, IngestBench, type IngestBenchOptions, ingestSteps } from '../../fixtures/ingest-bench.ts';
import {
  type CoreRequestLog,
  type CoreState,
  type StandInCore,
  startOpencastCore,
} from '../../fixtures/opencast-core.ts';
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

function elementsOf(accepted: CoreState['ingested'][number] | undefined): [string, string, string, string[]][] {
  return (accepted?.el ?? []) as [string, string, string, string[]][];
}

function value(request: CoreRequestLog | undefined, name: string): string | undefined {
  return request?.fields?.find((field) => field.name === name)?.value;
}

test('A04 one event: create with its id, track, ingest with workflow and every parameter', async () => {
  const bench = await open();
  const properties = { 'org.opencastproject.workflow.config.a.b': 'x=y', 'capture.device.names': 'camera' };
  const { id, tracks } = await bench.record({ event: coreEvent('0c1d-a04', properties) });
  bench.service.accept('ingest-1', id);
  const done = await bench.whenDelivered(id);
  const log = await requests();
  assert.deepEqual(ingestSteps(log), ['createMediaPackageWithID', 'addTrack', 'ingest']);
  const track = log.find(({ path }) => path === '/ingest/addTrack');
  assert.deepEqual(track?.fields?.map(({ name }) => name).slice(0, 2), ['mediaPackage', 'flavor']);
  assert.equal(value(track, 'flavor'), 'presenter/source');
  const file = track?.fields?.at(-1);
  const bytes = await readFile(tracks[0]?.path ?? '');
  assert.equal(file?.sha1, createHash('sha1').update(bytes).digest('hex'));
  assert.equal(file?.filename, 'camera.mp4');
  const [accepted, ...more] = await ingested('0c1d-a04');
  assert.deepEqual(more, []);
  assert.equal(accepted?.wf, 'fast');
  assert.equal(accepted?.config['straightToPublishing'], 'true');
  assert.equal(accepted?.config['a.b'], 'x=y');
  assert.equal(done.state, 'delivered');
  assert.equal(done.delivery?.bytesDone, bytes.length);
  assert.equal(done.delivery?.target, core.url);
  assert.deepEqual(bench.service.progress(), []);
  const steps = bench.progress.flatMap(({ step }) => (step ? [`${step.number}/${step.of} ${step.kind}`] : []));
  assert.deepEqual([...new Set(steps)], ['1/3 create', '2/3 track', '3/3 submit']);
});

test('a core without createMediaPackageWithID gets the id at the end', async () => {
  await core.control('fault', { path: 'createMediaPackageWithID', status: 404, times: 1 });
  const bench = await open();
  const { id } = await bench.record({ event: coreEvent('old-core') });
  bench.service.accept('ingest-1', id);
  await bench.whenDelivered(id);
  const log = await requests();
  assert.deepEqual(ingestSteps(log), ['createMediaPackageWithID', 'createMediaPackage', 'addTrack', 'ingest']);
  assert.equal(value(log.at(-1), 'workflowInstanceId'), 'old-core');
});

test('A28 two tracks with their flavors and tags, on one node', async () => {
  const bench = await open({
    settings: { flavors: { screen: 'presentation/source' }, tags: { '*': ['archive', 'hd'] } },
  });
  const { id } = await bench.record(
    { event: coreEvent('two') },
    {
      camera: { flavor: 'presenter/source', sizeBytes: 5000 },
      screen: { flavor: 'presenter/source', sizeBytes: 7000 },
    },
  );
  bench.service.accept('ingest-1', id);
  await bench.whenDelivered(id);
  const [accepted] = await ingested('two');
  const elements = elementsOf(accepted).map(([kind, , flavor, tags]) => [kind, flavor, tags]);
  assert.deepEqual(elements, [
    ['track', 'presenter/source', ['archive', 'hd']],
    ['track', 'presentation/source', ['archive', 'hd']],
  ]);
  const names = (await requests())
    .filter(({ path }) => path === '/ingest/addTrack')
    .map(({ fields }) => fields?.map(({ name }) => name));
  for (const fields of names) assert.deepEqual(fields?.slice(0, 3), ['mediaPackage', 'flavor', 'tags']);
});

test('ad hoc: the core does not know it, so catalog and access rules go along', async () => {
  const bench = await open({
    settings: { workflowDefinitionId: 'manual', access: { read: ['ROLE_USER'], write: ['ROLE_ADMIN'] } },
  });
  const { id } = await bench.record({ origin: 'manual', title: 'By <hand> & more' });
  bench.service.accept('ingest-1', id);
  await bench.whenDelivered(id);
  const log = await requests();
  const steps = ['createMediaPackageWithID', 'addDCCatalog', 'addAttachment', 'addTrack', 'ingest'];
  assert.deepEqual(ingestSteps(log), steps);
  const catalog = log.find(({ path }) => path === '/ingest/addDCCatalog');
  assert.match(value(catalog, 'dublinCore') ?? '', /<dcterms:title>By &lt;hand&gt; &amp; more<\/dcterms:title>/);
  const attachment = log.find(({ path }) => path === '/ingest/addAttachment');
  assert.equal(value(attachment, 'flavor'), 'security/xacml+episode');
  assert.equal((await core.state()).ingested.at(-1)?.wf, 'manual');
});

test('a degraded recording carries a mark', async () => {
  const bench = await open();
  const { id } = await bench.record({ event: coreEvent('gaps'), isDegraded: true });
  bench.service.accept('ingest-1', id);
  await bench.whenDelivered(id);
  const [accepted] = await ingested('gaps');
  assert.equal(accepted?.config['degraded'], 'true');
  assert.deepEqual(elementsOf(accepted)[0]?.[3], ['degraded']);
});

test('A44 backup mode: nothing reaches the core until somebody asks; then everything', async () => {
  const bench = await open({ core: { isBackup: true } });
  const { id } = await bench.record({ event: coreEvent('backup') });
  bench.service.accept('ingest-1', id);
  const [job] = await until(
    () => {
      const jobs = bench.jobs.list({ queue: 'ingest', states: ['failed'] });
      return jobs.length > 0 && jobs;
    },
    { what: 'the hold' },
  );
  assert.equal(bench.recording(id).isOnHold, true);
  assert.equal(bench.recording(id).state, 'recorded');
  assert.deepEqual(bench.alarms.list(), []);
  assert.deepEqual(await requests(), []);
  bench.jobs.retry(job?.id ?? '');
  const done = await bench.whenDelivered(id);
  assert.equal(done.isOnHold, false);
  assert.equal((await ingested('backup')).length, 1);
});

test('A37 files that need not be kept go after the core has accepted them, not before', async () => {
  await core.control('fault', { path: '/ingest/ingest', status: 500, times: 1 });
  const bench = await open({ settings: { keepsFiles: false } });
  const { id, tracks } = await bench.record({ event: coreEvent('a37') });
  const [track] = tracks;
  bench.service.accept('ingest-1', id);
  await until(() => bench.progress.some(({ state }) => state === 'retrying'), { what: 'the first failure' });
  assert.equal((await readFile(track?.path ?? '')).length, 100_000);
  await bench.whenDelivered(id);
  await until(
    async () =>
      readFile(track?.path ?? '').then(
        () => false,
        () => true,
      ),
    { what: 'the file to be gone' },
  );
  assert.deepEqual(bench.recording(id).tracks, []);
});

test('A37 files stay while another job of the station has the recording', async () => {
  const bench = await open({ settings: { keepsFiles: false } });
  const { id, tracks } = await bench.record({ event: coreEvent('a37b') });
  bench.jobs.add('deliver', `${id} deliver-1`, {});
  bench.service.accept('ingest-1', id);
  await bench.whenDelivered(id);
  assert.equal((await readFile(tracks[0]?.path ?? '')).length, 100_000);
  assert.equal(bench.recording(id).tracks.length, 1);
});

test('two at once, no more; the rest waits its turn', async () => {
  await core.control('fault', { path: '/ingest/ingest', delay: 0.3, times: 4 });
  const bench = await open({ settings: { parallel: 2 } });
  const ids: string[] = [];
  for (const uid of ['p1', 'p2', 'p3', 'p4']) ids.push((await bench.record({ event: coreEvent(uid) })).id);
  for (const id of ids) bench.service.accept('ingest-1', id);
  for (const id of ids) await bench.whenDelivered(id);
  const submits = (await requests()).filter(({ path }) => path === '/ingest/ingest');
  const most = submits.map(({ t }) => submits.filter((other) => other.t <= t && (other.t_end ?? 0) > t).length);
  assert.equal(Math.max(...most), 2);
});

test('A32 the rate limit is kept, also by two at once', async () => {
  const bench = await open({ settings: { bytesPerSecond: 1_000_000, parallel: 2 } });
  const cameras = { camera: { flavor: 'presenter/source', sizeBytes: 1_500_000 } };
  const first = await bench.record({ event: coreEvent('r1') }, cameras);
  const second = await bench.record({ event: coreEvent('r2') }, cameras);
  const begun = performance.now();
  for (const { id } of [first, second]) bench.service.accept('ingest-1', id);
  for (const { id } of [first, second]) await bench.whenDelivered(id);
  const seconds = (performance.now() - begun) / 1000;
  assert.ok(seconds > 2.4 && seconds < 5, `${seconds} s for 3 MB at 1 MB/s`);
  const shown = bench.progress.filter(({ state, bytesPerSecond }) => state === 'uploading' && bytesPerSecond > 0);
  assert.ok(shown.length > 0 && shown.every(({ bytesPerSecond }) => bytesPerSecond < 1_000_000));
});

test('the random delay is waited for; a person can end it', async () => {
  const bench = await open({ settings: { delayMinMs: 60_000, delayMaxMs: 120_000 }, random: () => 0.5 });
  const { id } = await bench.record({ event: coreEvent('later') });
  bench.service.accept('ingest-1', id);
  const waiting = await until(() => bench.progress.find(({ waitsUntil }) => waitsUntil !== undefined), {
    what: 'the wait',
  });
  assert.ok(Math.abs((waiting.waitsUntil ?? 0) - Date.now() - 90_000) < 5000);
  assert.equal(bench.recording(id).state, 'recorded');
  await until(() => bench.jobs.list({ states: ['retrying'] }).length === 1, { what: 'the job to be put back' });
  bench.service.upload(id);
  await bench.whenDelivered(id);
});

test('given twice is uploaded once', async () => {
  const bench = await open();
  const { id } = await bench.record({ event: coreEvent('twice') });
  bench.service.accept('ingest-1', id);
  bench.service.accept('ingest-1', id);
  await bench.whenDelivered(id);
  bench.service.accept('ingest-1', id);
  await until(() => bench.delivered.length === 2, { what: 'the second word' });
  assert.equal((await ingested('twice')).length, 1);
});

test('two recordings of one event: the first is the event, the second a package of its own', async () => {
  const bench = await open();
  const first = await bench.record({ event: coreEvent('halves') });
  const second = await bench.record({ event: coreEvent('halves') });
  for (const { id } of [first, second]) bench.service.accept('ingest-1', id);
  for (const { id } of [first, second]) await bench.whenDelivered(id);
  assert.equal((await ingested('halves')).length, 1);
  const [own] = await ingested(second.id);
  assert.deepEqual(
    elementsOf(own).map(([kind]) => kind),
    ['catalog', 'track'],
  );
  assert.equal(own?.wf, 'fast');
});

test('the second recording of an event is the event where the first was given up', async () => {
  const bench = await open({ settings: { bytesPerSecond: 100_000 } });
  const first = await bench.record(
    { event: coreEvent('given-up') },
    { camera: { flavor: 'presenter/source', sizeBytes: 2_000_000 } },
  );
  bench.service.accept('ingest-1', first.id);
  await until(() => bench.progress.some(({ bytesDone }) => bytesDone > 0), { what: 'the upload to begin' });
  await bench.service.cancel(first.id);
  const second = await bench.record({ event: coreEvent('given-up') });
  bench.service.accept('ingest-1', second.id);
  await bench.whenDelivered(second.id);
  assert.equal((await ingested('given-up')).length, 1);
});

test('sent again only when a person asks', async () => {
  const bench = await open();
  const { id } = await bench.record({ event: coreEvent('again') });
  bench.service.accept('ingest-1', id);
  await bench.whenDelivered(id);
  bench.service.upload(id);
  await until(async () => (await ingested('again')).length === 2, { what: 'the second ingest' });
});

test('cancelled: the upload ends, the core is cleared up, the recording is there', async () => {
  const bench = await open({ settings: { bytesPerSecond: 100_000 } });
  const cameras = {
    first: { flavor: 'presenter/source', sizeBytes: 1000 },
    second: { flavor: 'presentation/source', sizeBytes: 2_000_000 },
  };
  const { id } = await bench.record({ event: coreEvent('cancel') }, cameras);
  bench.service.accept('ingest-1', id);
  await until(() => bench.progress.some(({ bytesDone }) => bytesDone > 50_000), { what: 'the upload to go on' });
  await bench.service.cancel(id);
  assert.equal(bench.recording(id).state, 'recorded');
  assert.equal(bench.recording(id).isOnHold, true);
  assert.deepEqual(bench.service.progress(), []);
  bench.detach();
  bench.attach();
  assert.deepEqual(bench.service.progress(), [], 'a deploy does not begin it again');
  // The core notes the track that was broken off when it gives up reading it, which may be after the discard.
  const steps = ingestSteps(await requests());
  assert.ok(steps.includes('discardMediaPackage'), steps.join(', '));
  assert.ok(!steps.includes('ingest'), steps.join(', '));
  assert.throws(() => bench.service.accept('nowhere', id), { code: 'INGEST_UNKNOWN' });
  await assert.rejects(bench.service.cancel(id), { code: 'INGEST_MISSING' });
});

test('a node that is removed gives up what it has; one that is deployed anew goes on', async () => {
  const bench = await open({ settings: { bytesPerSecond: 200_000 } });
  const { id } = await bench.record(
    { event: coreEvent('deploy') },
    { camera: { flavor: 'presenter/source', sizeBytes: 400_000 } },
  );
  bench.service.accept('ingest-1', id);
  await until(() => bench.progress.some(({ bytesDone }) => bytesDone > 0), { what: 'the upload to begin' });
  bench.detach();
  bench.attach();
  await bench.whenDelivered(id);
  assert.equal((await ingested('deploy')).length, 1);
  const held = await bench.record({ event: coreEvent('removed') });
  bench.detach();
  bench.attach({ isOnHold: true });
  bench.service.accept('ingest-1', held.id);
  await until(() => bench.recording(held.id).isOnHold, { what: 'the hold' });
  bench.detach(true);
  await until(() => !bench.recording(held.id).isOnHold, { what: 'the hold to be over' });
  assert.deepEqual(bench.jobs.list({ states: ['queued', 'active', 'retrying', 'failed'] }), []);
});

test('a recording by hand: as the event where it was booked, with catalogs of its own where it was not', async () => {
  const bench = await open();
  const { event } = coreBooking();
  for (const [id, booking] of [
    ['booked-1', { state: 'booked' }],
    ['conflict-1', { state: 'conflict', reason: 'the core has "X" at this time' }],
    ['none-1', { state: 'none' }],
  ] as const) {
    await bench.record({ id, origin: 'manual', event: { ...event, uid: id }, booking });
    bench.service.accept('ingest-1', id);
    await bench.whenDelivered(id);
    const kinds = elementsOf((await ingested(id))[0]).map(([kind]) => kind);
    assert.deepEqual(kinds, booking.state === 'booked' ? ['track'] : ['catalog', 'track'], id);
  }
});

test('a recording whose booking was sent and not answered: the core is asked whether it has the event', async () => {
  const bench = await open();
  const { event, seconds } = coreBooking();
  await core.control('events', [{ uid: 'lost-1', title: 'T', ...seconds }]);
  for (const [id, kinds] of [
    ['lost-1', ['track']],
    ['lost-2', ['catalog', 'track']],
  ] as const) {
    const booking = { state: 'pending', isSubmitted: true } as const;
    await bench.record({ id, origin: 'manual', event: { ...event, uid: id }, booking });
    bench.service.accept('ingest-1', id);
    await bench.whenDelivered(id);
    assert.deepEqual(
      elementsOf((await ingested(id))[0]).map(([kind]) => kind),
      kinds,
      id,
    );
  }
});

function coreBooking() {
  const start = Math.floor(Date.now() / 1000) - 60;
  const times = { start: start * 1000, end: (start + 60) * 1000 };
  const event = { ...times, uid: '', title: 'T', inputs: [], properties: {}, attachments: [] };
  return { event, seconds: { start, end: start + 60 } };
}
