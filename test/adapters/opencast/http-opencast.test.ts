import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { HttpOpencast } from '../../../nodes/adapters/opencast/http-opencast.ts';
import { episodeCatalog } from '../../../nodes/core/ingest/episode-catalog.ts';
import { makeRecording } from '../../fixtures/make-recording.ts';
import { coreSettings, startOpencastCore } from '../../fixtures/opencast-core.ts';

const pauses = { firstMs: 300, maxMs: 300, loginMs: 600 };
const ingestType = 'org.opencastproject.ingest';

async function start(context: TestContext, options: Parameters<typeof startOpencastCore>[0] = {}, more: object = {}) {
  const stand = await startOpencastCore(options);
  context.after(() => stand.stop());
  const core = new HttpOpencast(coreSettings(stand.url, { auth: options.auth ?? 'basic', ...more }), pauses);
  const paths = async () => (await stand.requests()).map(({ method, path }) => `${method} ${path}`);
  return { stand, core, paths };
}

async function sampleFile(context: TestContext, sizeBytes: number) {
  const folder = await mkdtemp(join(tmpdir(), 'reelflow-upload-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const content = Buffer.alloc(sizeBytes, 'reelflow');
  const path = join(folder, 'lecture "1".mp4');
  await writeFile(path, content);
  return { path, sizeBytes, sha1: createHash('sha1').update(content).digest('hex') };
}

const service = (fields: object) => ({
  type: ingestType,
  host: 'http://127.0.0.1:1',
  path: '/ingest',
  active: true,
  online: true,
  maintenance: false,
  service_state: 'NORMAL',
  ...fields,
});

for (const auth of ['basic', 'digest'] as const) {
  test(`a media package with ${auth}: fields before the file, the file sent once, every parameter`, async (context) => {
    const { stand, core } = await start(context, { auth });
    const file = await sampleFile(context, 3 * 1024 * 1024 + 7);
    const ingest = await core.openIngest();
    const progress: number[] = [];
    let mediaPackage = await ingest.createMediaPackageWithId('event-1');
    mediaPackage = await ingest.addDcCatalog({ mediaPackage, dublinCore: '<dublincore/>' });
    mediaPackage = await ingest.addAttachment({
      mediaPackage,
      flavor: 'security/xacml+episode',
      fileName: 'acl.xml',
      content: '<policy ü/>',
    });
    mediaPackage = await ingest.addTrack({
      mediaPackage,
      flavor: 'presenter/source',
      tags: ['a', 'b'],
      file: { path: file.path, sizeBytes: file.sizeBytes, mimeType: 'video/mp4' },
      onProgress: (bytes) => progress.push(bytes),
    });
    const parameters = { 'a.b': 'x=y', straightToPublishing: 'true' };
    await ingest.ingest({ mediaPackage, workflowDefinitionId: 'fast', workflowInstanceId: 'event-1', parameters });

    const requests = await stand.requests();
    const tracks = requests.filter(({ path, bytes }) => path === '/ingest/addTrack' && (bytes ?? 0) > 0);
    assert.equal(tracks.length, 1);
    assert.deepEqual(
      tracks[0]?.fields?.map(({ name, filename, type, size }) => [
        name,
        filename,
        type,
        name === 'mediaPackage' || size,
      ]),
      [
        ['mediaPackage', null, null, true],
        ['flavor', null, null, 16],
        ['tags', null, null, 3],
        ['BODY', 'lecture %221%22.mp4', 'video/mp4', file.sizeBytes],
      ],
    );
    assert.equal(tracks[0]?.fields?.at(-1)?.sha1, file.sha1);
    assert.equal(progress.at(-1), file.sizeBytes);
    if (auth === 'digest') {
      assert.ok(requests.every(({ headers }) => headers['X-Requested-Auth'] === 'Digest'));
      assert.equal(requests.filter(({ status }) => status === 401).length, 1, 'one challenge serves them all');
    }
    assert.deepEqual(
      requests.at(-1)?.fields?.map(({ name }) => name),
      ['mediaPackage', 'workflowDefinitionId', 'workflowInstanceId', 'a.b', 'straightToPublishing'],
    );
    const [done] = (await stand.state()).ingested;
    assert.deepEqual([done?.mp, done?.wf, done?.uid], ['event-1', 'fast', 'event-1']);
    assert.equal(done?.config['a.b'], 'x=y');
    await ingest.discardMediaPackage(mediaPackage);
  });
}

test('agent name, states, configuration, recording states', async (context) => {
  const { stand, core, paths } = await start(context);
  await stand.control('events', [
    { uid: 'e1', title: 'T', start: Date.now() / 1000 + 60, end: Date.now() / 1000 + 90 },
  ]);
  await core.setConfiguration('hall 1, ü', { 'capture.device.names': 'camera,screen' });
  await core.setAgentState('hall 1, ü', { state: 'idle', address: 'http://127.0.0.1:1880' });
  assert.equal(await core.setRecordingState('e1', 'capturing'), true);
  assert.equal(await core.setRecordingState('unknown', 'capturing'), false);
  const { agents, caps, recordings } = await stand.state();
  assert.deepEqual([agents['hall 1, ü']?.state, agents['hall 1, ü']?.address], ['idle', 'http://127.0.0.1:1880']);
  assert.ok((await paths()).some((path) => path === 'POST /capture-admin/agents/hall%201%2C%20%C3%BC'));
  assert.deepEqual(
    recordings['e1']?.map(([, state]) => state),
    ['capturing'],
  );
  assert.deepEqual(JSON.parse(caps['hall 1, ü'] ?? ''), { 'capture.device.names': 'camera,screen' });
});

test('one search per kept service, one per upload', async (context) => {
  const { core, paths } = await start(context);
  for (let turn = 0; turn < 3; turn += 1) {
    await core.setAgentState('room', { state: 'idle' });
    await core.readCalendar('room', undefined);
    await core.openIngest();
  }
  const searched = (await paths()).filter((path) => path.includes('/services/'));
  const count = (type: string) => searched.filter((path) => path.endsWith(type)).length;
  assert.deepEqual([count('capture.admin'), count('scheduler'), count('ingest')], [1, 1, 3]);
});

test('calendar: the unquoted ETag comes back byte for byte, no cutoff', async (context) => {
  const { stand, core } = await start(context);
  const { etag } = await stand.control('events', [
    { uid: 'e1', title: 'T', start: Date.now() / 1000 + 60, end: Date.now() / 1000 + 90 },
  ]);
  const first = await core.readCalendar('room', undefined);
  assert.ok(first.kind === 'text' && first.text.includes('UID:e1'));
  assert.equal(first.etag, etag);
  for (let turn = 0; turn < 3; turn += 1)
    assert.deepEqual(await core.readCalendar('room', etag), { kind: 'unchanged' });
  const reads = (await stand.requests()).filter(({ path }) => path.startsWith('/recordings/calendars'));
  assert.deepEqual(
    reads.map(({ headers }) => headers['If-None-Match']),
    [undefined, etag, etag, etag],
  );
  assert.ok(reads.every(({ path }) => path === '/recordings/calendars?agentid=room'));
});

test('services: object, array with offline and maintenance, none, a web page', async (context) => {
  const { stand, core } = await start(context);
  const serve = (list: object[] | null) => stand.control('services', { [ingestType]: list });
  await serve([
    service({ host: 'http://127.0.0.1:2', online: false }),
    service({ host: 'http://127.0.0.1:3', maintenance: true }),
    service({ host: 'http://127.0.0.1:4', service_state: 'ERROR' }),
    service({ host: 'http://127.0.0.1:5' }),
    service({ host: 'http://127.0.0.1:6' }),
  ]);
  const endpoints = (await core.discover(ingestType)).map(({ endpoint }) => endpoint);
  assert.deepEqual(endpoints, ['http://127.0.0.1:5/ingest', 'http://127.0.0.1:6/ingest', 'http://127.0.0.1:4/ingest']);
  assert.equal((await core.openIngest()).endpoint, 'http://127.0.0.1:5/ingest');
  await serve([service({})]);
  assert.equal((await core.openIngest()).endpoint, 'http://127.0.0.1:1/ingest');
  await serve(null);
  await assert.rejects(core.openIngest(), { code: 'OPENCAST_NO_SERVICE', isRetryable: true });
  await stand.control('fault', { path: '/services/', status: 200, body: '<html>portal</html>', times: 1 });
  assert.equal((await core.openIngest()).endpoint, 'http://127.0.0.1:1/ingest', 'the one used last');
  assert.equal(core.contact.lastError?.code, 'OPENCAST_ANSWER');
});

test('bad answers to the search: however many ask, one request a pause', async (context) => {
  const { stand, core } = await start(context);
  await stand.control('fault', { path: '/services/', status: 200, body: '<html>portal</html>', times: -1 });
  const abort = new AbortController();
  const began = performance.now();
  const codes = new Set<string>();
  const ask = async () => {
    while (!abort.signal.aborted) {
      await core
        .readCalendar('room', undefined, abort.signal)
        .catch((error) => codes.add((error as { code: string }).code));
    }
  };
  const asking = Array.from({ length: 5 }, ask);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  abort.abort();
  await Promise.all(asking);
  const tries = (await stand.requests()).length;
  const allowed = 5 + Math.ceil((performance.now() - began) / pauses.firstMs);
  assert.ok(tries >= 3 && tries <= allowed, `${tries} tries, ${allowed} allowed`);
  assert.deepEqual(codes, new Set(['OPENCAST_ANSWER', 'ABORTED']));
});

test('ingest moves between two uploads; capture-admin that moves is found after a failure', async (context) => {
  const { stand, core } = await start(context);
  const { stand: other } = await start(context);
  await core.setAgentState('room', { state: 'idle' });
  assert.equal((await core.openIngest()).endpoint, `${stand.url}/ingest`);
  await stand.control('services', {
    [ingestType]: [service({ host: other.url })],
    'org.opencastproject.capture.admin': [service({ host: other.url, path: '/capture-admin' })],
  });
  assert.equal((await core.openIngest()).endpoint, `${other.url}/ingest`);
  await stand.control('fault', { path: '/capture-admin/', status: 503, times: -1 });
  await assert.rejects(core.setAgentState('room', { state: 'capturing' }), { code: 'OPENCAST_STATUS', status: 503 });
  await core.setAgentState('room', { state: 'capturing' });
  assert.equal((await other.state()).agents['room']?.state, 'capturing');
});

test('overrides are not searched for', async (context) => {
  const { stand } = await start(context);
  const overrides = {
    [ingestType]: 'http://127.0.0.1:9/ingest',
    'org.opencastproject.capture.admin': `${stand.url}/capture-admin`,
  };
  const core = new HttpOpencast(coreSettings(stand.url, { overrides }), pauses);
  await core.setAgentState('room', { state: 'idle' });
  assert.equal((await core.openIngest()).endpoint, 'http://127.0.0.1:9/ingest');
  assert.deepEqual(
    (await stand.requests()).map(({ path }) => path),
    ['/capture-admin/agents/room'],
  );
});

for (const auth of ['basic', 'digest'] as const) {
  test(`a wrong password (${auth}) is tried once a pause, and said`, async (context) => {
    const { stand, core } = await start(context, { auth }, { password: 'wrong' });
    const asked = await Promise.allSettled([
      core.readCalendar('room', undefined),
      core.setAgentState('room', { state: 'idle' }),
    ]);
    for (const { status, reason } of asked as PromiseRejectedResult[]) {
      assert.equal(status, 'rejected');
      assert.equal((reason as { code: string }).code, 'OPENCAST_LOGIN');
      assert.match((reason as Error).message, /user, password/);
    }
    const tries = (await stand.requests()).filter(({ headers }) => headers['Authorization'] !== undefined);
    assert.equal(tries.length, 2);
    const [first, second] = tries;
    assert.ok((second?.t ?? 0) - (first?.t ?? 0) > (pauses.loginMs - 50) / 1000);
  });
}

test('500, cut connections and silence are told apart, and what is over is forgotten', async (context) => {
  const { stand, core } = await start(context, {}, { timeoutMs: 500 });
  const heard: (string | undefined)[] = [];
  core.onContact(({ lastError }) => heard.push(lastError?.code));
  await core.setAgentState('room', { state: 'idle' });
  const fails = async (fault: object, expected: object) => {
    await stand.control('fault', { path: '/capture-admin/', times: 1, ...fault });
    await assert.rejects(core.setAgentState('room', { state: 'idle' }), expected);
  };
  await fails({ status: 500, body: 'broken inside' }, { code: 'OPENCAST_STATUS', status: 500, body: 'broken inside' });
  await fails({ status: 400 }, { code: 'OPENCAST_STATUS', isRetryable: false });
  await fails({ drop: true }, { code: 'OPENCAST_UNREACHABLE', isRetryable: true });
  await fails({ delay: 1.5 }, { code: 'OPENCAST_UNREACHABLE', message: /no complete answer within 0.5 s/ });
  await fails({ status: 200, body: '<!DOCTYPE html><p>portal' }, { code: 'OPENCAST_ANSWER' });
  await core.setAgentState('room', { state: 'idle' });
  assert.equal(core.contact.lastError, undefined);
  assert.equal(heard.at(-1), undefined);
  assert.ok(heard.includes('OPENCAST_UNREACHABLE'));
});

test('an upload: the rate is kept, another size is refused, an answer before its end ends it', async (context) => {
  const { stand, core } = await start(context);
  const file = await sampleFile(context, 1_000_000);
  const ingest = await core.openIngest();
  const mediaPackage = await ingest.createMediaPackage();
  const track = { mediaPackage, flavor: 'presenter/source', file };
  const began = performance.now();
  await ingest.addTrack({ ...track, bytesPerSecond: 800_000 });
  const tookMs = performance.now() - began;
  assert.ok(tookMs > 1100 && tookMs < 1800, `took ${tookMs} ms`);
  await assert.rejects(ingest.addTrack({ ...track, file: { ...file, sizeBytes: 999 } }), { code: 'OPENCAST_FILE' });
  await assert.rejects(ingest.addTrack({ ...track, file: { ...file, path: `${file.path}.x` } }), {
    code: 'OPENCAST_FILE',
  });
  await stand.control('fault', { path: '/ingest/addTrack', drop_after: 300_000, times: 1 });
  await assert.rejects(ingest.addTrack(track), { code: 'OPENCAST_UNREACHABLE' });
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 300);
  await assert.rejects(ingest.addTrack({ ...track, bytesPerSecond: 50_000 }, stop.signal), { code: 'ABORTED' });
  await ingest.addTrack(track);
});

test('a core that is away: said at once, found again after a pause', async (context) => {
  const { stand, core } = await start(context);
  await core.setAgentState('room', { state: 'idle' });
  await stand.goAway();
  await assert.rejects(core.setAgentState('room', { state: 'idle' }), {
    code: 'OPENCAST_UNREACHABLE',
    message: /refused/,
  });
  await stand.comeBack();
  const waited = performance.now();
  await core.setAgentState('room', { state: 'capturing' });
  assert.ok(performance.now() - waited < 2000);
  assert.equal((await stand.state()).agents['room']?.state, 'capturing');
});

/** An episode as the core wants it to be booked. */
function episode(start: number, end: number, agent = 'room'): string {
  const recording = makeRecording({ title: 'Rehearsal & more' });
  return episodeCatalog(recording, { identifier: recording.id, agent, start, end });
}

test('booking: booked, known by its id, in the way of another, and what was booked is in the calendar', async (context) => {
  const { stand, core } = await start(context);
  const begin = Math.floor(Date.now() / 1000) * 1000;
  const book = async (id: string, dublinCore: string) => {
    const node = await core.openIngest();
    const mediaPackage = await node.createMediaPackageWithId(id);
    const withCatalog = await node.addDcCatalog({ mediaPackage, dublinCore });
    return await node.schedule({ mediaPackage: withCatalog, parameters: { 'capture.device.names': 'camera' } });
  };
  assert.deepEqual(await core.conflicts('room', begin, begin + 60_000), []);
  assert.equal(await book('r1', episode(begin, begin + 60_000)), 'booked');
  assert.equal(await book('r1', episode(begin, begin + 60_000)), 'known');
  assert.equal(await book('r2', episode(begin + 59_000, begin + 90_000)), 'conflict');
  assert.equal(await book('r3', episode(begin + 59_000, begin + 90_000, 'other room')), 'booked');
  assert.deepEqual(await core.conflicts('room', begin, begin + 60_000), [
    { id: 'r1', title: 'Rehearsal & more', start: begin, end: begin + 60_000 },
  ]);
  const calendar = await core.readCalendar('room', undefined);
  assert.match(calendar.kind === 'text' ? calendar.text : '', /UID:r1/);
  const badly = episode(begin, begin + 60_000).replace(/<dcterms:spatial>.*<\/dcterms:spatial>/, '');
  await assert.rejects(book('r4', badly), { code: 'OPENCAST_STATUS', status: 400, message: /one capture agent/ });
  await stand.control('roles', { book: false, conflicts: false });
  await assert.rejects(book('r5', episode(begin, begin + 1000)), { code: 'OPENCAST_FORBIDDEN' });
  await assert.rejects(core.conflicts('room', begin, begin + 1), { code: 'OPENCAST_FORBIDDEN' });
  assert.equal(core.contact.lastError, undefined, 'what a user need not be allowed is no trouble with the core');
});

test('the end of an event is only moved by who may', async (context) => {
  const { stand, core } = await start(context);
  const now = Math.floor(Date.now() / 1000);
  await stand.control('events', [
    { uid: 'e1', title: 'A', start: now, end: now + 60 },
    { uid: 'e2', title: 'B', start: now + 90, end: now + 120 },
  ]);
  await assert.rejects(core.moveEnd('e1', (now + 80) * 1000), { code: 'OPENCAST_FORBIDDEN' });
  await stand.control('roles', { admin: true });
  assert.equal(await core.moveEnd('e1', (now + 80) * 1000), 'moved');
  assert.equal(await core.moveEnd('e1', (now + 100) * 1000), 'conflict');
  await assert.rejects(core.moveEnd('e9', now * 1000), { code: 'OPENCAST_STATUS', status: 404 });
  assert.equal((await stand.state()).events[0]?.end, now + 80);
});

test('series: from the External API where the role allows, else from the series service', async (context) => {
  const { stand, core } = await start(context);
  await stand.control('series', [
    { identifier: 'p1', title: 'Physics I' },
    { identifier: 'c1', title: 'Chemistry: Übung' },
  ]);
  const all = [
    { id: 'p1', title: 'Physics I' },
    { id: 'c1', title: 'Chemistry: Übung' },
  ];
  assert.deepEqual(await core.series(''), all);
  assert.deepEqual(await core.series('übung'), [all[1]]);
  await stand.control('roles', { external: true });
  const before = (await stand.requests()).length;
  assert.deepEqual(await core.series('phys'), [all[0]]);
  assert.deepEqual(
    (await stand.requests()).slice(before).map(({ path }) => path.replace(/\?.*/, '')),
    ['/api/series'],
  );
  await stand.control('roles', { external: false });
  await stand.control('fault', { path: '/series/series.json', status: 403, times: -1 });
  await assert.rejects(core.series(''), { code: 'OPENCAST_FORBIDDEN' });
});
