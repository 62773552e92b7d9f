import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Client } from './fixtures/client.ts';
import { startServer, type TestServer } from './fixtures/server.ts';

let server: TestServer;
let client: Client;

before(async () => {
  server = await startServer({ limits: { commandPatienceMs: 300 } });
  client = new Client(server);
});

after(() => server.close());

beforeEach(() => {
  server.recordings.all.clear();
  server.recordings.figures.length = 0;
  server.jobs.jobs.clear();
  server.jobs.retried.length = 0;
  server.commands.asked.length = 0;
});

const at = (minute: number): number => Date.UTC(2026, 10, 21, 10, minute);

test('lists recordings, the newest first, with times in ISO 8601', async () => {
  server.recordings.put({ plannedStart: at(0), title: 'first', state: 'delivered' });
  server.recordings.put({ plannedStart: at(20), title: 'third' });
  server.recordings.put({ plannedStart: at(10), title: 'second', state: 'failed' });
  const { body } = await client.ask('GET /api/v1/recordings');
  assert.deepEqual(
    body.recordings.map((one: { title: string }) => one.title),
    ['third', 'second', 'first'],
  );
  assert.equal(body.recordings[0].plannedStart, '2026-11-21T10:20:00.000Z');
});

test('narrows the list by state, number and begin', async () => {
  server.recordings.put({ plannedStart: at(0), title: 'a', state: 'delivered' });
  server.recordings.put({ plannedStart: at(10), title: 'b', state: 'failed' });
  server.recordings.put({ plannedStart: at(20), title: 'c', state: 'delivered' });
  const titles = async (query: string) => {
    const { body } = await client.ask('GET /api/v1/recordings', `/api/v1/recordings?${query}`);
    return body.recordings.map((one: { title: string }) => one.title).join('');
  };
  assert.equal(await titles('state=delivered'), 'ca');
  assert.equal(await titles('state=delivered,failed'), 'cba');
  assert.equal(await titles('limit=2'), 'cb');
  assert.equal(await titles('from=2026-11-21T10:10:00Z'), 'cb');
  assert.equal(await titles('from=2026-11-21T11:15:00%2B01:00&state=delivered'), 'c');
});

test('a query that is not understood is refused with its field', async () => {
  for (const [query, field] of [
    ['state=gone', 'state[0]'],
    ['limit=0', 'limit'],
    ['limit=many', 'limit'],
    ['limit=1001', 'limit'],
    ['from=yesterday', 'from'],
  ]) {
    const { body } = await client.refused(
      400,
      'QUERY_INVALID',
      'GET /api/v1/recordings',
      `/api/v1/recordings?${query}`,
    );
    assert.equal(body.field, field);
  }
});

test('starts a recording through the command and says where it is', async () => {
  const asked = { title: 'Rehearsal', durationMs: 60_000, inputs: ['hall'] };
  const { status, headers, body } = await client.ask('POST /api/v1/recordings', undefined, { body: asked });
  assert.equal(status, 201);
  assert.equal(headers.get('location'), `/api/v1/recordings/${body.id}`);
  assert.equal(body.title, 'Rehearsal');
  assert.equal(Date.parse(body.plannedEnd) - Date.parse(body.plannedStart), 60_000);
  const command = server.commands.asked[0];
  assert.equal(command?.request.verb, 'record/start');
  assert.deepEqual(command?.caller, { user: 'the-operator', role: 'operator', via: 'http' });
  assert.equal((await client.ask('GET /api/v1/recordings/{id}', headers.get('location') ?? '')).body.id, body.id);
});

test('starts without a body too', async () => {
  assert.equal((await client.ask('POST /api/v1/recordings')).status, 201);
});

test('the same Idempotency-Key starts one recording', async () => {
  const headers = { 'idempotency-key': '"press-1"' };
  const ids = [];
  for (let count = 0; count < 3; count += 1) {
    ids.push((await client.ask('POST /api/v1/recordings', undefined, { headers, body: {} })).body.id);
  }
  assert.equal(new Set(ids).size, 1);
  assert.equal(server.recordings.all.size, 1);
  const bad = { headers: { 'idempotency-key': 'x'.repeat(129) }, body: {} };
  await client.refused(422, 'VALIDATION', 'POST /api/v1/recordings', undefined, bad);
});

test('a start that is not allowed is refused with the field, and nothing is recorded', async () => {
  const refused = (status: number, code: string, body: unknown) =>
    client.refused(status, code, 'POST /api/v1/recordings', undefined, { body });
  assert.equal((await refused(422, 'VALIDATION', { durationMs: -1 })).body.field, 'durationMs');
  assert.equal((await refused(422, 'VALIDATION', { title: 'two\nlines' })).body.field, 'title');
  await refused(422, 'VALIDATION', null);
  assert.equal((await refused(422, 'VALIDATION', { duration: 5 })).body.field, 'duration');
  await refused(422, 'VALIDATION', '[]');
  await refused(400, 'BODY_MALFORMED', '{');
  await refused(413, 'BODY_TOO_LARGE', { title: 'x'.repeat(300_000) });
  const wrongType = { body: 'title=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
  await client.refused(415, 'CONTENT_TYPE_UNSUPPORTED', 'POST /api/v1/recordings', undefined, wrongType);
  assert.equal(server.recordings.all.size, 0);
});

test('viewers look, they do not touch', async () => {
  const { id } = server.recordings.put({ state: 'recording' });
  for (const operation of [
    'POST /api/v1/recordings',
    'POST /api/v1/recordings/{id}/stop',
    'POST /api/v1/recordings/{id}/extend',
    'POST /api/v1/recordings/{id}/pause',
    'POST /api/v1/recordings/{id}/resume',
    'POST /api/v1/recordings/{id}/deliver',
    'DELETE /api/v1/recordings/{id}',
  ]) {
    const path = operation.split(' ')[1]?.replace('{id}', id);
    await client.refused(403, 'FORBIDDEN', operation, path, { role: 'viewer' });
    await client.refused(401, 'UNAUTHENTICATED', operation, path, { role: 'nobody' });
  }
  assert.equal(
    (await client.ask('GET /api/v1/recordings/{id}', `/api/v1/recordings/${id}`, { role: 'viewer' })).status,
    200,
  );
  assert.equal(server.commands.asked.length, 0);
});

test('stops, extends and deletes', async () => {
  const { id, plannedEnd } = server.recordings.put({ state: 'recording' });
  const path = `/api/v1/recordings/${id}`;
  const extended = await client.ask('POST /api/v1/recordings/{id}/extend', `${path}/extend`, { body: { byMs: 5000 } });
  assert.equal(Date.parse(extended.body.plannedEnd), plannedEnd + 5000);
  const deletion = ['DELETE /api/v1/recordings/{id}', path, { role: 'admin' }] as const;
  await client.refused(409, 'RECORDING_RUNNING', ...deletion);
  const stopped = await client.ask('POST /api/v1/recordings/{id}/stop', `${path}/stop`);
  assert.equal(stopped.body.state, 'finishing');
  await client.refused(409, 'RECORDING_OVER', 'POST /api/v1/recordings/{id}/stop', `${path}/stop`);
  assert.equal((await client.ask(...deletion)).status, 204);
  await client.refused(404, 'RECORDING_UNKNOWN', 'GET /api/v1/recordings/{id}', path);
  assert.deepEqual(
    server.commands.asked.map(({ request }) => request.verb),
    ['record/extend', 'recording/delete', 'record/stop', 'record/stop', 'recording/delete'],
  );
});

test('pauses and resumes', async () => {
  const { id } = server.recordings.put({ state: 'recording' });
  const path = `/api/v1/recordings/${id}`;
  const pause = await client.ask('POST /api/v1/recordings/{id}/pause', `${path}/pause`);
  assert.equal(pause.body.isPaused, true);
  assert.equal(pause.body.pauses[0].end, undefined);
  const status = await client.ask('GET /api/v1/status');
  assert.equal(status.body.recordings.running[0].isPaused, true);
  const resume = await client.ask('POST /api/v1/recordings/{id}/resume', `${path}/resume`);
  assert.equal(resume.body.isPaused, false);
  assert.match(resume.body.pauses[0].end, /Z$/);
  await client.ask('POST /api/v1/recordings/{id}/stop', `${path}/stop`);
  await client.refused(409, 'RECORDING_OVER', 'POST /api/v1/recordings/{id}/pause', `${path}/pause`);
  await client.refused(409, 'RECORDING_OVER', 'POST /api/v1/recordings/{id}/resume', `${path}/resume`);
});

test('an extension must say by how much', async () => {
  const { id } = server.recordings.put({ state: 'recording' });
  for (const body of [{}, { byMs: 'long' }, { byMs: 1.5 }]) {
    const path = `/api/v1/recordings/${id}/extend`;
    const answer = await client.refused(422, 'VALIDATION', 'POST /api/v1/recordings/{id}/extend', path, { body });
    assert.equal(answer.body.field, 'byMs');
  }
});

test('the recording in the address can not be replaced by one in the body', async () => {
  const one = server.recordings.put({ state: 'recording' });
  const other = server.recordings.put({ state: 'recording' });
  const body = { byMs: 1000, recordingId: other.id };
  await client.ask('POST /api/v1/recordings/{id}/extend', `/api/v1/recordings/${one.id}/extend`, { body });
  assert.equal(server.recordings.get(other.id)?.plannedEnd, other.plannedEnd);
});

test('an unknown recording is not found, whatever is asked of it', async () => {
  for (const [operation, path] of [
    ['GET /api/v1/recordings/{id}', ''],
    ['DELETE /api/v1/recordings/{id}', ''],
    ['GET /api/v1/recordings/{id}/log', '/log'],
    ['POST /api/v1/recordings/{id}/stop', '/stop'],
    ['POST /api/v1/recordings/{id}/extend', '/extend'],
    ['POST /api/v1/recordings/{id}/pause', '/pause'],
    ['POST /api/v1/recordings/{id}/resume', '/resume'],
    ['POST /api/v1/recordings/{id}/deliver', '/deliver'],
  ] as const) {
    await client.refused(404, 'RECORDING_UNKNOWN', operation, `/api/v1/recordings/nothing${path}`);
  }
});

test('shows the figures of a running recording', async () => {
  const { id } = server.recordings.put({ state: 'recording' });
  const figures = {
    recordingId: id,
    input: 'hall',
    durationMs: 4000,
    sizeBytes: 12_345,
    levelDbfs: -23.5,
    isCapturing: true,
  };
  server.recordings.figures.push(figures, { ...figures, recordingId: 'another' });
  const { body } = await client.ask('GET /api/v1/recordings/{id}', `/api/v1/recordings/${id}`);
  assert.deepEqual(body.progress, [figures]);
});

test('a finished recording in full, and what only an administrator sees of it', async () => {
  const id = '20261121T101500Z-3f9a1c';
  const directory = `${server.dataRoot}/recordings/${id}`;
  server.recordings.put({
    id,
    state: 'delivered',
    start: at(0),
    end: at(1),
    directory,
    tracks: [
      {
        input: 'hall',
        flavor: 'presenter/source',
        path: `${directory}/hall ä.mp4`,
        mimeType: 'video/mp4',
        sizeBytes: 9,
        durationMs: 60_000,
      },
    ],
    parts: [{ input: 'hall', captureId: 'c1', start: at(0), end: at(1) }],
    gaps: [{ input: 'hall', start: at(0), end: at(1), reason: `tool wrote to ${directory}/x` }],
    warnings: [{ at: at(0), code: 'SILENCE', message: 'no sound', input: 'hall' }],
    error: { code: 'X_FAILED', message: `can not read ${server.dataRoot}/secret` },
    isDegraded: true,
    delivery: {
      deliverId: 'd1',
      target: '/mnt/nas',
      bytesDone: 9,
      bytesTotal: 9,
      attempts: 1,
      paths: ['/mnt/nas/hall ä.mp4'],
    },
  });
  const seen = await client.ask('GET /api/v1/recordings/{id}', `/api/v1/recordings/${id}`, { role: 'viewer' });
  assert.equal(seen.body.tracks[0].url, `/media/recordings/${id}/hall%20%C3%A4.mp4`);
  assert.equal(seen.body.start, '2026-11-21T10:00:00.000Z');
  const text = JSON.stringify(seen.body);
  assert.ok(!text.includes(server.dataRoot) && !text.includes('/mnt/nas'), text);
  const all = await client.ask('GET /api/v1/recordings/{id}', `/api/v1/recordings/${id}`, { role: 'admin' });
  assert.equal(all.body.directory, directory);
  assert.equal(all.body.tracks[0].path, `${directory}/hall ä.mp4`);
  assert.deepEqual(all.body.delivery.paths, ['/mnt/nas/hall ä.mp4']);
});

test('shows the log of the tools', async () => {
  const { id } = server.recordings.put({ state: 'failed' });
  server.recordings.lines.push(`Output to ${server.dataRoot}/captures/c1/capture.mp4`, 'Connection refused');
  const log = (role: 'viewer' | 'admin') =>
    client.ask('GET /api/v1/recordings/{id}/log', `/api/v1/recordings/${id}/log`, { role });
  assert.deepEqual((await log('viewer')).body.lines, ['Output to …/captures/c1/capture.mp4', 'Connection refused']);
  assert.match((await log('admin')).body.lines[0], /reelflow-http/);
});

test('makes waiting deliveries due now', async () => {
  const { id } = server.recordings.put({ state: 'recorded' });
  const deliver = (body?: unknown) =>
    ['POST /api/v1/recordings/{id}/deliver', `/api/v1/recordings/${id}/deliver`, { body }] as const;
  await client.refused(409, 'DELIVERY_MISSING', ...deliver());
  const waiting = server.jobs.add('deliver', `node-1/${id}`, {}, 'retrying');
  const failed = server.jobs.add('ingest', id, {}, 'failed');
  server.jobs.add('deliver', `node-2/${id}`, {}, 'active');
  server.jobs.add('deliver', `node-3/${id}`, {}, 'completed');
  server.jobs.add('deliver', 'node-1/another', {}, 'retrying');
  assert.equal((await client.ask(...deliver())).status, 202);
  assert.deepEqual(server.jobs.retried, [waiting.id, failed.id]);
  const { action, detail, user } = server.audit.list(1)[0] ?? {};
  assert.deepEqual({ action, detail, user }, { action: 'recording/deliver', detail: id, user: 'the-operator' });
  await client.refused(422, 'VALIDATION', ...deliver({ target: '/etc' }));
});

test('the list comes in pages; a cursor that is none is refused', async () => {
  server.recordings.all.clear();
  for (let hour = 0; hour < 5; hour += 1) {
    server.recordings.put({ id: `r${hour}`, title: `Lecture ${hour}`, plannedStart: Date.UTC(2026, 10, 21, hour) });
  }
  const pages: string[][] = [];
  let next: string | undefined;
  do {
    const cursor = next === undefined ? '' : `&cursor=${next}`;
    const { body } = await client.ask('GET /api/v1/recordings', `/api/v1/recordings?limit=2${cursor}`);
    pages.push(body.recordings.map(({ id }: { id: string }) => id));
    next = body.next;
  } while (next !== undefined);
  assert.deepEqual(pages, [['r4', 'r3'], ['r2', 'r1'], ['r0']]);
  const { body } = await client.ask('GET /api/v1/recordings', '/api/v1/recordings?q=Lecture%203&problem=false');
  assert.deepEqual([body.recordings.length, body.next], [1, undefined]);
  for (const query of ['cursor=nonsense', 'problem=yes', `q=${'x'.repeat(201)}`]) {
    const answer = await client.refused(400, 'QUERY_INVALID', 'GET /api/v1/recordings', `/api/v1/recordings?${query}`);
    assert.equal(answer.body.field, query.split('=')[0]);
  }
});
