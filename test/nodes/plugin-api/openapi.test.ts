import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ShareSecretFile } from '../../../nodes/adapters/access/share-secret-file.ts';
import { StationAccess } from '../../../nodes/adapters/access/station-access.ts';
import { HttpOpencast } from '../../../nodes/adapters/opencast/http-opencast.ts';
import { ROLES } from '../../../nodes/core/access/users.ts';
import type { Clip, Clips } from '../../../nodes/core/clips/clip.ts';
import { Shares } from '../../../nodes/core/playback/shares.ts';
import { recordingStates } from '../../../nodes/core/recording/recording.ts';
import { reasonClasses, restreamStates } from '../../../nodes/core/restream/restream.ts';
import { ArchiveBench } from '../../core/archive/fixtures/archive-bench.ts';
import { coreSettings, startOpencastCore } from '../../fixtures/opencast-core.ts';
import { until } from '../../fixtures/until.ts';
import { type Answer, Client } from './fixtures/client.ts';
import { startServer, type TestServer } from './fixtures/server.ts';
import { makeEvent } from './fixtures/station.ts';

let server: TestServer;
let client: Client;
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelflow-openapi-'));
  const access = new StationAccess({ folder, adminPassword: 'the password of the test' });
  server = await startServer({ access });
  client = new Client(server);
});

after(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

test('every route is documented, and every documented operation is there', () => {
  const routes = server.http.mounts.flatMap(({ prefix, routes }) =>
    routes.map(({ method, path }) => `${method} ${prefix}${path.replace('...', '')}`),
  );
  assert.deepEqual(routes.sort(), client.contract.operations().sort());
});

test('a live answer of every operation is as documented', async () => {
  const recording = server.recordings.put({
    state: 'recording',
    booking: { state: 'conflict', reason: 'taken', conflicts: [{ id: 'e1', title: 'Other', start: 1, end: 2 }] },
    warnings: [{ at: 1, code: 'SILENCE', message: 'no sound' }],
  });
  await mkdir(recording.directory, { recursive: true });
  const path = join(recording.directory, 'hall.mp4');
  await writeFile(path, 'film');
  const track = { input: 'hall', flavor: 'presenter/source', path, mimeType: 'video/mp4', sizeBytes: 4, durationMs: 1 };
  server.recordings.put({ ...recording, tracks: [track] });
  server.recordings.figures.push({
    recordingId: recording.id,
    input: 'hall',
    durationMs: 1,
    sizeBytes: 4,
    isCapturing: true,
  });
  server.schedules.put([makeEvent('a', Date.now() + 1000), makeEvent('b', Date.now() + 2000, { location: 'Hall' })]);
  server.schedules.views.set('s2', {
    scheduleId: 's2',
    name: 'Broken calendar',
    events: [],
    lastError: { code: 'CALENDAR_EMPTY', message: 'the calendar is empty', at: Date.now() },
    problems: [{ uid: 'x', code: 'EVENT_INVALID', message: 'no start' }],
  });
  server.alarms.raise('disk-low', { severity: 'error', code: 'DISK_LOW', message: 'little space' });
  server.previews.picture = new Uint8Array([0xff, 0xd8, 0xff, 0xd9]);
  server.jobs.add('deliver', recording.id, {}, 'retrying');

  const base = `/api/v1/recordings/${recording.id}`;
  const admin = (body?: unknown) => ({ role: 'admin', body }) as const;
  const ask = async (operation: string, path?: string, asked: Parameters<Client['ask']>[2] = admin()) => {
    const answer = await client.ask(operation, path, asked);
    assert.ok(answer.status < 300, `${operation}: ${JSON.stringify(answer.body)}`);
    return answer;
  };
  for (const operation of [
    'status',
    'me',
    'inputs',
    'cameras',
    'opencast',
    'schedule',
    'recordings',
    'commands',
    'users',
    'tokens',
  ]) {
    await ask(`GET /api/v1/${operation}`);
  }
  await ask('POST /api/v1/recordings', undefined, admin({ title: 'x', durationMs: 1000, inputs: ['hall'] }));
  await ask('GET /api/v1/recordings/{id}', base);
  await ask('GET /api/v1/recordings/{id}', base, { role: 'viewer' });
  await ask('GET /api/v1/recordings/{id}/log', `${base}/log`);
  await ask('POST /api/v1/recordings/{id}/extend', `${base}/extend`, admin({ byMs: 1000 }));
  await ask('POST /api/v1/recordings/{id}/pause', `${base}/pause`);
  await ask('POST /api/v1/recordings/{id}/resume', `${base}/resume`);
  await ask('POST /api/v1/recordings/{id}/deliver', `${base}/deliver`);
  await ask('GET /media/recordings/{id}/{file}', `/media/recordings/${recording.id}/hall.mp4`);
  await ask('POST /api/v1/recordings/{id}/stop', `${base}/stop`);
  await ask('DELETE /api/v1/recordings/{id}', base);
  await ask('POST /api/v1/schedule/refresh');
  await ask('POST /api/v1/commands/{verb}', '/api/v1/commands/record/start', admin({ title: 'x' }));
  await ask(
    'POST /api/v1/cameras',
    undefined,
    admin({ name: 'Gate 1', make: 'axis', host: 'h', user: 'u', password: 'p' }),
  );
  await ask('GET /api/v1/cameras/{camera}', '/api/v1/cameras/Gate-1');
  await ask('PATCH /api/v1/cameras/{camera}', '/api/v1/cameras/Gate-1', admin({ options: { audio: 'none' } }));
  await ask('DELETE /api/v1/cameras/{camera}', '/api/v1/cameras/Gate-1');
  await ask('POST /api/v1/camera-tests', undefined, admin({ url: 'rtsp://127.0.0.1:1/x' }));
  await ask('POST /api/v1/camera-snapshots', undefined, admin({ url: 'rtsp://192.0.2.1/x' }));
  await ask('POST /api/v1/camera-searches');
  await ask('POST /api/v1/camera-profiles', undefined, admin({ address: '192.0.2.1', user: 'u', password: 'p' }));
  await ask('POST /api/v1/camera-lists/refresh');
  await ask('POST /api/v1/users', undefined, admin({ name: 'porter', role: 'viewer', password: 'open sesame 1' }));
  await ask('PATCH /api/v1/users/{name}', '/api/v1/users/porter', admin({ role: 'operator' }));
  await ask('DELETE /api/v1/users/{name}', '/api/v1/users/porter');
  const token = await ask('POST /api/v1/tokens', undefined, admin({ name: 'panel', role: 'viewer' }));
  await ask('DELETE /api/v1/tokens/{id}', `/api/v1/tokens/${token.body.id}`);
  await ask('GET /api/v1/audit');
  const core = await startOpencastCore();
  await core.control('series', [{ identifier: 'physics', title: 'Physics I' }]);
  server.station.opencast?.cores.add('core', new HttpOpencast(coreSettings(core.url)));
  await ask('GET /api/v1/opencast/series');
  await core.stop();
  await askArchive(ask);
  await ask('GET /preview/{camera}.jpg', '/preview/hall.jpg');
  const restream = '/api/v1/restreams';
  await ask(`GET ${restream}`);
  await ask(`GET ${restream}/{camera}`, `${restream}/gate`);
  await ask(`GET ${restream}/{camera}/log`, `${restream}/gate/log`);
  for (const verb of ['restart', 'pause', 'resume']) {
    await ask(`POST ${restream}/{camera}/${verb}`, `${restream}/gate/${verb}`);
  }
  await ask(`GET ${restream}/{camera}/loop`, `${restream}/gate/loop`);
  await ask('GET /live/{camera}/loop/{file}', '/live/gate/loop/1763720100.mkv');
  await ask('GET /cameras/');
  await ask('GET /live/{camera}/picture.jpg', '/live/gate/picture.jpg');
  await ask('GET /live/{camera}/{file}', '/live/gate/index.m3u8');
  await checkEndless('GET /api/v1/events', '/api/v1/events');
  const pictures = setInterval(() => server.previews.push('hall', new Uint8Array([0xff, 0xd8, 0xff, 0xd9])), 20);
  const live = setInterval(() => server.previews.push('gate', new Uint8Array([0xff, 0xd8, 0xff, 0xd9])), 20);
  await checkEndless('GET /preview/{camera}.mjpeg', '/preview/hall.mjpeg').finally(() => clearInterval(pictures));
  await checkEndless('GET /live/{camera}/picture.mjpeg', '/live/gate/picture.mjpeg').finally(() => clearInterval(live));

  assert.deepEqual([...client.contract.checked].sort(), client.contract.operations().sort());
});

test('the examples of the document are what it describes', () => {
  let count = 0;
  for (const [name, { examples = [] }] of client.contract.schemas()) {
    for (const example of examples) {
      client.contract.checkSchema(name, example);
      count += 1;
    }
  }
  assert.ok(count >= 4);
});

test('the bodies of routes that run a verb have the fields of the verb', async () => {
  const { body } = await client.ask('GET /api/v1/commands');
  const fieldsOf = (verb: string) => {
    const command = body.commands.find((one: { verb: string }) => one.verb === verb);
    return Object.keys(command.args.properties).filter((field) => field !== 'recordingId');
  };
  for (const [operation, verb] of [
    ['POST /api/v1/recordings', 'record/start'],
    ['POST /api/v1/recordings/{id}/extend', 'record/extend'],
    ['POST /api/v1/schedule/refresh', 'schedule/refresh'],
  ] as const) {
    assert.deepEqual(client.contract.bodyFields(operation).sort(), fieldsOf(verb).sort(), operation);
  }
});

test('the lists of words are those of the program', () => {
  const enumOf = (name: string) => Object(client.contract.schemas().find(([one]) => one === name)?.[1]).enum;
  assert.deepEqual(enumOf('RecordingState'), recordingStates);
  assert.deepEqual(enumOf('Role'), ROLES);
  assert.deepEqual(enumOf('RestreamState'), restreamStates);
  assert.deepEqual(enumOf('RestreamReason'), reasonClasses);
});

test('the contract test can fail', () => {
  const { contract } = client;
  const json = 'application/json';
  assert.throws(() => contract.check('GET /api/v1/users', 200, json, { users: [{ name: 'x' }] }), /role/);
  assert.throws(() => contract.check('GET /api/v1/users', 200, json, { users: [], more: 1 }), /additional/);
  assert.throws(() => contract.check('GET /api/v1/users', 418, json, {}), /418/);
  assert.throws(() => contract.check('GET /api/v1/nothing', 200, json, {}), /not in/);
});

/** On a real archive of a channel whose source is away. */
async function askArchive(
  ask: (operation: string, path?: string, asked?: Parameters<Client['ask']>[2]) => Promise<Answer>,
): Promise<void> {
  const bench = await new ArchiveBench(folder).boot();
  server.station.archive = { isUsed: true, open: async () => bench.archive, onOpen: () => () => {} };
  const body = (given: object) => ({ role: 'operator', body: given }) as const;
  const base = '/api/v1/channels/news';
  const away = { sourceUrls: ['http://viewer:word@127.0.0.1:9/live.m3u8'], chunkMs: 4000 };
  await ask('PUT /api/v1/channels/{name}', base, body(away));
  await ask('PUT /api/v1/channels/{name}', base, body({ retentionBytes: 1e9, requiredKinds: ['video'] }));
  await ask('GET /api/v1/channels');
  await ask('GET /api/v1/channels/{name}', base);
  const startMs = Math.floor(Date.now() / 4000) * 4000 - 8000;
  bench.jobs.add('archive-backfill', 'news/test', { channel: 'news', startMs, endMs: startMs + 4000 });
  await until(async () => (await bench.archive.jobs())[0]?.report, { what: 'a job to begin' });
  const from = `from=${new Date(startMs).toISOString()}`;
  const chunks = await ask('GET /api/v1/channels/{name}/chunks', `${base}/chunks?${from}`);
  assert.ok(chunks.body.chunks.length > 0);
  await ask('GET /api/v1/channels/{name}/gaps', `${base}/gaps?${from}`);
  await ask('GET /api/v1/channels/{name}/timeline', `${base}/timeline?${from}`);
  const range = { start: '2026-11-21T10:00:00.000Z', end: '2026-11-21T11:00:00.000Z' };
  const lock = await ask('POST /api/v1/channels/{name}/locks', `${base}/locks`, body({ ...range, note: 'wanted' }));
  await ask('GET /api/v1/channels/{name}/locks', `${base}/locks`);
  await ask('DELETE /api/v1/channels/{name}/locks/{id}', `${base}/locks/${lock.body.id}`);
  for (const kind of ['verify', 'cleanup', 'rebuild']) {
    await ask(`POST /api/v1/channels/{name}/${kind}`, `${base}/${kind}`);
  }
  const { body: upkeep } = await ask('GET /api/v1/channels/{name}/upkeep', `${base}/upkeep`);
  const cancel = `${base}/upkeep/${upkeep.jobs[0].id}/cancel`;
  await ask('POST /api/v1/channels/{name}/upkeep/{id}/cancel', cancel, body({}));
  const { body: listed } = await ask('GET /api/v1/jobs');
  const job = `/api/v1/jobs/${listed.jobs[0].id}`;
  await ask('GET /api/v1/jobs/{id}', job);
  await ask('GET /api/v1/jobs/{id}/log', `${job}/log`);
  await ask('POST /api/v1/jobs/{id}/retry', `${job}/retry`);
  await ask('POST /api/v1/jobs/{id}/cancel', `${job}/cancel`);
  server.station.shares = new Shares(new ShareSecretFile(join(folder, 'share-secret')), { now: () => Date.now() });
  await ask('POST /api/v1/shares', undefined, body({ ...range, channel: 'news' }));
  await ask('DELETE /api/v1/shares', undefined, { role: 'admin' });
  await ask('DELETE /api/v1/channels/{name}', base);
  const admin = (given?: object) => ({ role: 'admin', body: given }) as const;
  const { body: hook } = await ask('POST /api/v1/webhooks', undefined, admin({ url: 'http://127.0.0.1:1/x' }));
  const webhook = `/api/v1/webhooks/${hook.id}`;
  const { body: sent } = await ask('POST /api/v1/webhooks/{id}/test', `${webhook}/test`, admin());
  await ask('GET /api/v1/webhooks', undefined, admin());
  await ask('PATCH /api/v1/webhooks/{id}', webhook, admin({ channels: ['news'] }));
  await ask('GET /api/v1/webhooks/{id}', webhook, admin());
  await ask('GET /api/v1/webhooks/{id}/deliveries', `${webhook}/deliveries`, admin());
  const again = `${webhook}/deliveries/${sent.id}/retry`;
  await ask('POST /api/v1/webhooks/{id}/deliveries/{delivery}/retry', again, admin());
  await ask('DELETE /api/v1/webhooks/{id}', webhook, admin());
  const clip = await finishedClip();
  server.station.clips = { isUsed: true, open: async () => clip.clips, onOpen: () => () => {} };
  const order = { ...range, channel: 'news', gap: 'skip', title: 'at eight' };
  const { body: ordered } = await ask('POST /api/v1/clips', undefined, body(order));
  await ask('GET /api/v1/clips');
  await ask('GET /api/v1/clips/{id}', ordered.url);
  await ask('GET /api/v1/clips/{id}/file', `${ordered.url}/file`);
  await ask('POST /api/v1/clips/{id}/retry', `${ordered.url}/retry`);
  await ask('DELETE /api/v1/clips/{id}', ordered.url);
  await bench.shut();
}

/** Clips of a station that has one, as wide as the documents say. */
async function finishedClip(): Promise<{ clips: Clips }> {
  const path = join(folder, 'clip.mp4');
  await writeFile(path, 'film');
  const span = { startMs: 0, endMs: 4000 };
  const job: Clip['job'] = {
    ...{
      id: 'c1',
      queue: 'archive-clip',
      key: 'k',
      state: 'completed',
      attempts: 1,
      runAt: 0,
      createdAt: 0,
      updatedAt: 0,
    },
    data: { ...span, channel: 'news', gap: 'skip', title: 'at eight' },
    error: { code: 'CLIP_FAILED', message: 'before' },
  };
  const gaps = [{ ...span, track: 'main', code: 'SEGMENT_LOST' }];
  const result = { sizeBytes: 4, durationMs: 1, delivered: span, gaps, finishedAt: 0 };
  const clip: Clip = { job, progress: 1, removedAt: 1, result };
  const get = async () => clip;
  return {
    clips: {
      ...{ order: get, get, retry: get, list: async () => [clip], remove: async () => {} },
      file: async () => ({ path, name: 'clip.mp4' }),
      onEvent: () => () => {},
    },
  };
}

async function checkEndless(operation: string, path: string): Promise<void> {
  const leave = new AbortController();
  const response = await fetch(server.url + path, { signal: leave.signal, headers: { 'x-role': 'viewer' } });
  client.contract.check(operation, response.status, response.headers.get('content-type'), undefined);
  leave.abort();
}
