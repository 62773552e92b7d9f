import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type CoreRequestLog, type StandInCore, startOpencastCore } from '../fixtures/opencast-core.ts';
import {
  CoreSchedule,
  fieldOf,
  hallFolder,
  recordingIn,
  recordingsOf,
  removeHalls,
  startHalls,
  statesOf,
} from '../fixtures/opencast-halls.ts';
import type { RunningStation } from '../fixtures/station.ts';
import { until } from '../fixtures/until.ts';

/*
 * The whole life of an agent as it is seen on the wire, from its start to its clean stop, with basic and with digest,
 * against the contract: what is sent, in which order, with which fields in which order, and which headers. And of one
 * that only stands by.
 */
const uid = randomUUID();
const cores = new Map<string, StandInCore>();
let station: RunningStation;
let dataRoot = '';
let startedAt = 0;

before(async () => {
  for (const auth of ['basic', 'digest'] as const) cores.set(auth, await startOpencastCore({ auth }));
  cores.set('backup', await startOpencastCore());
  dataRoot = await hallFolder(
    [...cores].map(([name, { url }]) => ({
      name,
      coreUrl: url,
      core: { auth: name === 'digest' ? 'digest' : 'basic', isBackup: name === 'backup' },
      agent: { address: 'http://hall.example/dashboard' },
    })),
  );
  startedAt = Date.now() / 1000;
  station = await startHalls(dataRoot);
});
after(async () => {
  await removeHalls(station, dataRoot);
  for (const core of cores.values()) await core.stop();
});

function coreOf(name: string): StandInCore {
  return cores.get(name) ?? assert.fail(name);
}

/** One request in a line: method, path, status, fields in their order; what differs from run to run is named only. */
function lineOf({ method, path, status, fields = [] }: CoreRequestLog): string {
  const shown = fields.map(({ name, filename, type, value = '' }) => {
    if (filename !== null) return `${name}(${filename}, ${type})`;
    if (name === 'mediaPackage') return 'mediaPackage';
    if (name === 'configuration') return `configuration{${Object.keys(JSON.parse(value) as object).join(' ')}}`;
    return `${name}=${value}`;
  });
  return [method, path.replace(uid, 'UID'), status, ...shown].join(' ');
}

/** What belongs together, in order, without what only repeats itself. */
function lane(requests: readonly CoreRequestLog[], pattern: RegExp): string[] {
  return requests
    .filter(({ path }) => pattern.test(path))
    .map(lineOf)
    .filter((line, index, all) => line !== all[index - 1]);
}

const agentLine = (name: string, state: string) =>
  `POST /capture-admin/agents/${name} 200 state=${state} address=http://hall.example/dashboard`;

test('A01 A39 at the start: services, configuration, idle, calendar, within 5 s and never offline', async () => {
  for (const name of ['basic', 'digest']) {
    const calendar = /^\/recordings\/calendars/;
    await until(
      async () => (await coreOf(name).requests()).some(({ path, status }) => calendar.test(path) && status === 200),
      {
        what: 'the calendar',
      },
    );
    await until(async () => (await coreOf(name).state()).agents[name]?.state === 'idle', { what: 'idle' });
    const requests = await coreOf(name).requests();
    const begun = requests[0]?.t ?? 0;
    const told = requests.find(({ path }) => path === `/capture-admin/agents/${name}`);
    const read = requests.find(({ path, status }) => calendar.test(path) && status === 200);
    assert.ok(begun >= startedAt);
    assert.ok((told?.t_end ?? Infinity) - begun < 5 && (read?.t_end ?? Infinity) - begun < 5);
  }
});

test('A02 A04 an event, and what of it is on the wire', async (context) => {
  const start = Math.ceil(Date.now() / 1000) + 12;
  const workflow = { 'org.opencastproject.workflow.config.publish.to.engage': 'a=b' };
  for (const [name, core] of cores) {
    const schedule = new CoreSchedule(core);
    await schedule.set({ uid, agent: name, title: 'Life', start, end: start + 4, props: workflow });
  }
  await station.api('/api/v1/schedule/refresh', { method: 'POST', headers: { 'content-type': 'application/json' } });
  for (const name of ['basic', 'digest']) {
    await until(async () => statesOf(await coreOf(name).state(), uid).at(-1) === 'upload_finished', {
      timeoutMs: 60_000,
      what: 'the upload',
    });
    await until(async () => (await coreOf(name).state()).agents[name]?.state === 'idle', { what: 'idle again' });
  }
  for (const name of ['basic', 'digest']) {
    await context.test(name, async () => {
      const all = await coreOf(name).requests();
      const requests = all.filter(({ status }) => status !== 401);
      const services = '/services/available.json?serviceType=org.opencastproject';
      // The first two are asked for side by side; the ingest service before each upload.
      const searches = lane(requests, /^\/services/);
      assert.deepEqual(
        [...searches.slice(0, 2).sort(), ...searches.slice(2)],
        [`${services}.capture.admin`, `${services}.scheduler`, `${services}.ingest`].map((path) => `GET ${path} 200`),
      );
      assert.deepEqual(lane(requests, /configuration$/), [
        `POST /capture-admin/agents/${name}/configuration 200 configuration{` +
          `capture.device.names capture.device.${name}-camera.flavor capture.device.timezone ` +
          'capture.cleaner.mindiskspace vendor.name vendor.version}',
      ]);
      // Between the end of the capture and the upload it may be idle for a moment.
      const told = lane(requests, new RegExp(`^/capture-admin/agents/${name}$`));
      const between = told.indexOf(agentLine(name, 'capturing')) + 1;
      if (told[between] === agentLine(name, 'idle')) told.splice(between, 1);
      assert.deepEqual(
        told,
        ['idle', 'capturing', 'uploading', 'idle'].map((state) => agentLine(name, state)),
      );
      assert.deepEqual(
        lane(requests, /^\/capture-admin\/recordings/),
        ['capturing', 'capture_finished', 'uploading', 'upload_finished'].map(
          (state) => `POST /capture-admin/recordings/UID 200 state=${state}`,
        ),
      );
      assert.deepEqual(lane(requests, /^\/ingest/), [
        'PUT /ingest/createMediaPackageWithID/UID 200',
        `POST /ingest/addTrack 200 mediaPackage flavor=presenter/source BODY(${name}-camera.mp4, video/mp4)`,
        'POST /ingest/ingest 200 mediaPackage workflowDefinitionId=fast straightToPublishing=true publish.to.engage=a=b',
      ]);
      const reads = requests.filter(({ path }) => path.startsWith('/recordings/'));
      assert.ok(
        reads.every(({ path }) => path === `/recordings/calendars?agentid=${name}`),
        'no cutoff',
      );
      assertHeaders(name, all);
      assertBetween(requests);
    });
  }
});

function assertHeaders(name: string, all: readonly CoreRequestLog[]): void {
  const refused = all.filter(({ status }) => status === 401);
  const files = all.filter(({ path, bytes }) => path === '/ingest/addTrack' && (bytes ?? 0) > 0);
  assert.equal(files.length, 1, 'the file is sent once');
  assert.ok(Number(files[0]?.headers['Content-Length']) > 0, 'with its length');
  assert.equal(files[0]?.headers['Transfer-Encoding'], undefined);
  for (const { headers, status, method, fields } of all) {
    if (name === 'basic') assert.match(headers['Authorization'] ?? '', /^Basic /);
    else assert.equal(headers['X-Requested-Auth'], 'Digest');
    if (name === 'digest' && status !== 401) assert.match(headers['Authorization'] ?? '', /^Digest /);
    const type = headers['Content-Type']?.split(';')[0];
    if (method === 'POST' && fields)
      assert.match(type ?? '', /^(application\/x-www-form-urlencoded|multipart\/form-data)$/);
  }
  assert.ok(name === 'digest' ? refused.length >= 1 && refused.length <= 3 : refused.length === 0, 'challenges');
}

/** Lanes go side by side; where one has to wait for the other. */
function assertBetween(requests: readonly CoreRequestLog[]): void {
  const at = (path: RegExp, state?: string) =>
    requests.find((one) => path.test(one.path) && (state === undefined || fieldOf(one, 'state') === state)) ??
    assert.fail(String(path));
  const recording = /^\/capture-admin\/recordings/;
  const create = at(/createMediaPackage/);
  assert.ok(at(recording, 'capture_finished').t < create.t + 1);
  assert.ok(Math.abs(at(recording, 'uploading').t - create.t) < 1, 'uploading is told when it begins');
  const accepted = at(/^\/ingest\/ingest/).t_end ?? 0;
  assert.ok(at(recording, 'upload_finished').t >= accepted, 'finished is told when it is accepted');
}

test('A06 an unchanged calendar: the ETag as it came, 304', async () => {
  const core = coreOf('basic');
  const { etag } = await core.state();
  const reads = async () =>
    (await core.requests()).filter(
      ({ path, headers }) => path.startsWith('/recordings/') && headers['If-None-Match'] === etag,
    );
  await until(async () => (await reads()).length >= 3, { timeoutMs: 30_000, what: 'three readings' });
  for (const { status, bytes } of await reads()) assert.deepEqual([status, bytes], [304, 0]);
});

test('A44 standing by: recorded, and the core hears nothing of it until somebody asks for the upload', async () => {
  const core = coreOf('backup');
  const held = await recordingIn(station, uid, 'recorded', 30_000);
  assert.equal(held.isOnHold, true);
  const heard = (await core.requests()).filter(
    ({ path }) => !path.startsWith('/recordings/') && !path.startsWith('/services/'),
  );
  assert.deepEqual(heard.map(lineOf), []);
  const answer = await station.api(`/api/v1/recordings/${held.id}/deliver`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  });
  assert.ok(answer.ok, await answer.text());
  await until(async () => (await core.state()).ingested.length === 1, { timeoutMs: 20_000, what: 'the upload' });
  await until(async () => (await recordingsOf(station, uid)).every(({ state }) => state === 'delivered'), {
    what: 'all three to be delivered',
  });
  const said = (await core.requests()).filter(({ path }) => path.startsWith('/capture-admin/'));
  assert.deepEqual(said.map(lineOf), []);
});

test('A39 stopped in a clean way: shutting_down, offline, within 5 s', async () => {
  const stoppedAt = Date.now() / 1000;
  await station.stop();
  for (const name of ['basic', 'digest']) {
    const last = (await coreOf(name).requests()).filter(({ status }) => status !== 401).slice(-2);
    assert.deepEqual(last.map(lineOf), [agentLine(name, 'shutting_down'), agentLine(name, 'offline')]);
    assert.ok((last[1]?.t_end ?? Infinity) - stoppedAt < 5);
  }
  const heard = (await coreOf('backup').requests()).some(({ path }) => path.startsWith('/capture-admin/'));
  assert.equal(heard, false);
});
