import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connectAsync, type MqttClient } from 'mqtt';
import { isAlive } from '../fixtures/child-processes.ts';
import { type Postgres, startPostgres } from '../fixtures/postgres.ts';
import { type RtspCamera, startRtspCamera } from '../fixtures/rtsp-camera.ts';
import { assertNowhere } from '../fixtures/secret-scan.ts';
import { type RunningStation, startStation } from '../fixtures/station.ts';
import { until } from '../fixtures/until.ts';
import { toolsOf } from '../restream/fixtures/restream-station.ts';

/** The shipped scenario as the restream service was used: a table of cameras with logins, a media server. */
interface Restream {
  camera: string;
  state: string;
  isPaused: boolean;
  reason?: { class: string; message: string };
  figures: { reconnectsPerHour: number; uptimeMs?: number };
}

const secret = 'hunter2';
let postgres: Postgres;
let url: string;
let cameras: RtspCamera;
let media: RtspCamera;
let station: RunningStation;
let dataRoot: string;
let mqtt: MqttClient;
const heard: string[] = [];
const answers: string[] = [];

/** With the login. */
const address = (n: number) => cameras.url(n);
const sql = (...statements: string[]) => postgres.sql(url, ...statements);

before(async () => {
  [postgres, cameras, media] = await Promise.all([
    startPostgres(),
    startRtspCamera({ cameras: 3, withAudio: [1], size: '320x240', groupOfPictures: 15, login: `viewer:${secret}` }),
    startRtspCamera({ cameras: 1, size: '320x240' }),
  ]);
  url = await postgres.createDatabase('video', 'db-hunter2');
  await sql(
    'create table cameras(id serial primary key, name text, url text)',
    `insert into cameras(name, url) values ('cam1', '${address(1)}'), ('cam2', '${address(2)}')`,
    ...triggerOfTheDocs(),
  );
  dataRoot = mkdtempSync(join(tmpdir(), 'camera-restream-'));
  writeFileSync(join(dataRoot, 'flows.json'), readHourly());
  station = await startStation({
    dataRoot,
    env: { PG_DSN: url, REELFLOW_MEDIA_SERVER: media.restreamUrl('').replace(/\/$/, '') },
  });
  mqtt = await connectAsync(`mqtt://127.0.0.1:${station.mqttPort}`, { username: 'admin', password: station.password });
  mqtt.on('message', (topic, payload) => void heard.push(`${topic} ${payload.toString('latin1')}`));
  await mqtt.subscribeAsync('#');
});

after(async () => {
  await mqtt?.endAsync(true);
  await station?.stop();
  if (dataRoot) rmSync(dataRoot, { recursive: true, force: true, maxRetries: 3 });
  await Promise.all([media?.stop(), cameras?.stop(), postgres?.stop()]);
});

/** The shipped flow, but the table is read so rarely that nothing of what happens here is owed to it. */
function readHourly(): string {
  const flow = readFileSync(join(import.meta.dirname, '../../flows/scenarios/camera-restream/flow.json'), 'utf8');
  assert.match(flow, /"pollSeconds": 10,/);
  return flow.replace('"pollSeconds": 10,', '"pollSeconds": 3600,');
}

/** As it stands in docs/camera-lists.md, so that it is tried. */
function triggerOfTheDocs(): string[] {
  const page = readFileSync(join(import.meta.dirname, '../../docs/camera-lists.md'), 'utf8');
  const text = /(CREATE FUNCTION notify_cameras.*?\$\$;)\s*(CREATE TRIGGER.*?;)/s.exec(page);
  assert.ok(text);
  return [text[1] ?? '', text[2] ?? ''];
}

async function get<T>(path: string): Promise<T> {
  const answer = await (await station.api(path)).text();
  answers.push(answer);
  return JSON.parse(answer) as T;
}
const restreams = async () => (await get<{ restreams: Restream[] }>('/api/v1/restreams')).restreams;
const restream = async (name: string) => (await restreams()).find(({ camera }) => camera === name);
const isLive = (name: string) =>
  until(async () => (await restream(name))?.state === 'live', { what: `${name} to be live`, timeoutMs: 60_000 });

const hasSound = (name: string) =>
  until(async () => (await media.published())[name]?.tracks === 2, { what: 'the other picture', timeoutMs: 60_000 });

test('R2 R3 R7 R15 the table alone is enough: each row is at the media server under its name', async () => {
  await Promise.all([isLive('cam1'), isLive('cam2')]);
  const tracks = async () => {
    const published = await media.published();
    return `${published['cam1']?.tracks} ${published['cam2']?.tracks}`;
  };
  await until(async () => (await tracks()) === '2 1', {
    what: 'sound of the one, none of the other',
    timeoutMs: 30_000,
  });
});

test('R12 R9 R11 a row that is new, changed or deleted acts without a new start; the others go on', async () => {
  const noticed = (what: string, check: (names: string[]) => boolean) =>
    until(async () => check((await restreams()).map(({ camera }) => camera)), { what, timeoutMs: 20_000 });
  await sql(`insert into cameras(name, url) values ('Вход 3', '${address(3)}')`);
  await noticed('the new row', (names) => names.includes('Vkhod-3'));
  await isLive('Vkhod-3');
  await sql(`update cameras set url = '${address(1)}' where name = 'cam2'`);
  await hasSound('cam2');
  await sql("delete from cameras where name <> 'cam1' and name <> 'cam2'");
  await noticed('the deletion', (names) => !names.includes('Vkhod-3'));
  await until(async () => !('Vkhod-3' in (await media.published())), { what: 'its stream to end', timeoutMs: 20_000 });
  assert.equal((await restream('cam1'))?.figures.reconnectsPerHour, 0);
});

test('a changed row reaches a stream that runs within two seconds, by the notice of the database alone', async () => {
  await Promise.all([isLive('cam1'), isLive('cam2')]);
  const took: number[] = [];
  // The quickest of some: this machine may have much else to do at one moment. The table is read once an hour here.
  for (let at = 0; at < 5 && !took.some((ms) => ms < 2000); at += 1) {
    const [pid] = toolsOf(dataRoot).get('cam2') ?? [];
    assert.ok(pid !== undefined);
    await sql(`update cameras set url = '${address(at % 2 === 0 ? 2 : 1)}' where name = 'cam2'`);
    const changedAt = performance.now();
    await until(() => !isAlive(pid), { what: 'its stream to end', timeoutMs: 30_000, everyMs: 20 });
    took.push(performance.now() - changedAt);
    await isLive('cam2');
  }
  assert.ok(
    took.some((ms) => ms < 2000),
    `${took.map(Math.round).join(', ')} ms`,
  );
  await sql(`update cameras set url = '${address(1)}' where name = 'cam2'`);
  await hasSound('cam2');
  await isLive('cam2');
});

test('a row that is wrong is left out with its reason, and its camera goes on as it was', async () => {
  await sql("update cameras set url = 'rtsp//viewer:hunter2@nowhere' where name = 'cam2'");
  const list = await until(
    async () =>
      (await get<{ lists: { problems: object[] }[] }>('/api/v1/cameras')).lists.find((one) => one.problems.length > 0),
    { what: 'the problem', timeoutMs: 20_000 },
  );
  assert.match(JSON.stringify(list.problems), /row 2 \(cam2\).*url: must be an address/);
  await sql(`update cameras set url = '${address(1)}' where name = 'cam2'`);
  assert.equal((await restream('cam2'))?.state, 'live');
});

test('RS12 the database goes and comes back: streams go on, the state says so', async () => {
  const before = await restream('cam1');
  await postgres.goAway();
  const state = async () => (await get<{ lists: { lastError?: { code: string } }[] }>('/api/v1/cameras')).lists[0];
  await until(async () => (await state())?.lastError?.code === 'CAMERA_DATABASE_AWAY', {
    what: 'the state to say so',
    timeoutMs: 20_000,
  });
  assert.deepEqual(
    (await restreams()).map(({ state: one }) => one),
    ['live', 'live'],
  );
  await postgres.comeBack();
  await until(async () => !(await state())?.lastError, { what: 'the list to be read again', timeoutMs: 30_000 });
  const now = await restream('cam1');
  assert.equal(now?.figures.reconnectsPerHour, 0);
  assert.ok((now?.figures.uptimeMs ?? 0) > (before?.figures.uptimeMs ?? 0));
});

test('R14 a wrong password is said in words; the row put right is live again', async () => {
  await sql(`update cameras set url = replace(url, '${secret}', 'wrong-${secret}') where name = 'cam2'`);
  await until(async () => (await restream('cam2'))?.reason?.class === 'unauthorised', {
    what: 'the reason',
    timeoutMs: 30_000,
  });
  await sql(`update cameras set url = '${address(2)}' where name = 'cam2'`);
  await isLive('cam2');
});

test('R17 an own camera is refused a name that the table has; a test says what a camera delivers', async () => {
  const post = async (path: string, body: object) => {
    const answer = await station.api(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
    const text = await answer.text();
    answers.push(text);
    return { status: answer.status, body: JSON.parse(text) as { code?: string; ok?: boolean; reason?: string } };
  };
  assert.equal((await post('/api/v1/cameras', { name: 'cam1', url: address(1) })).body.code, 'CAMERA_NAME_TAKEN');
  const good = await post('/api/v1/camera-tests', {
    ...{ url: address(3).replace(`viewer:${secret}@`, ''), user: 'viewer', password: secret },
  });
  assert.deepEqual([good.status, good.body.ok], [200, true]);
  const bad = await post('/api/v1/camera-tests', { url: `rtsp://viewer:${secret}@127.0.0.1:1/x` });
  assert.deepEqual([bad.body.ok, bad.body.reason], [false, 'refused']);
});

test('no password is in anything but the stores of credentials, after all of this', async () => {
  await assertNowhere(secret, station, ['cam1', 'cam2']);
  for (const [place, text] of Object.entries({ answers: answers.join('\n'), bus: heard.join('\n') })) {
    assert.ok(text.length > 0, place);
    assert.doesNotMatch(text, /hunter2/, place);
  }
});
