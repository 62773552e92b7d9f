import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Api } from '../../../dashboard/client/api.ts';
import { type LiveOptions, LiveStation } from '../../../dashboard/client/live.ts';
import type { StatusJson } from '../../../dashboard/client/types.ts';
import { until } from '../../fixtures/until.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import { eventJson, iso, morning, recordingJson } from './recording-json.ts';

let server: ApiServer;
let live: LiveStation | undefined;

beforeEach(async () => {
  server = await startApiServer();
  server.answers.set('GET /api/v1/status', { body: statusJson(Date.now()) });
  server.answers.set('GET /api/v1/recordings', { body: { recordings: [recordingJson('a', morning)] } });
  server.answers.set('GET /api/v1/me', { body: { user: 'admin', role: 'admin' } });
  server.answers.set('GET /api/v1/inputs', { body: { inputs: [] } });
  server.answers.set('GET /api/v1/opencast', { body: { agents: [], uploads: [] } });
  server.answers.set('GET /api/v1/schedule', { body: { events: [eventJson('e', morning)], schedules: [] } });
});
afterEach(async () => {
  live?.stop();
  await server.stop();
});

function statusJson(clockNow: number, more: Partial<StatusJson> = {}): StatusJson {
  return { agent: 'hall', alarms: [], clock: { now: iso(clockNow), timeZone: 'UTC' }, ...more } as StatusJson;
}

async function follow(options: Partial<LiveOptions> = {}): Promise<LiveStation> {
  const station = new LiveStation({
    api: new Api({ base: server.url }),
    openEvents: (signal) => fetch(`${server.url}/api/v1/events`, { signal }),
    onLoggedOut: () => {},
    retryMs: 50,
    ...options,
  });
  live = station;
  station.start();
  return station;
}

const isLive = (station: LiveStation) =>
  until(() => station.state.connection === 'live', { what: 'a live connection', everyMs: 5 });

test('knows everything as soon as it is connected', async () => {
  const station = await follow();
  assert.equal(station.state.connection, 'connecting');
  await isLive(station);
  assert.equal(station.state.status?.agent, 'hall');
  assert.deepEqual(
    station.state.recordings.map((one) => one.id),
    ['a'],
  );
  assert.equal(station.state.events[0]?.uid, 'e');
});

test('follows what happens: recordings come, change, go; figures live only as long as their recording runs', async () => {
  const station = await follow();
  await isLive(station);
  const { state } = station;
  const ids = () => state.recordings.map((one) => `${one.id} ${one.state}`);
  server.send('recording', recordingJson('b', morning + 1000, { state: 'recording' }));
  server.send('recording', recordingJson('0', morning - 1000));
  server.send('progress', [{ recordingId: 'b', input: 'hall', durationMs: 1, sizeBytes: 1, isCapturing: true }]);
  await until(() => state.progress.length === 1, { what: 'progress', everyMs: 5 });
  assert.deepEqual(ids(), ['b recording', 'a delivered', '0 delivered'], 'newest planned start first');
  server.send('recording', recordingJson('b', morning + 1000, { state: 'recorded' }));
  await until(() => state.progress.length === 0, { what: 'the end of progress', everyMs: 5 });
  assert.deepEqual(ids(), ['b recorded', 'a delivered', '0 delivered']);
  server.send('removed', { id: 'a' });
  await until(() => state.recordings.length === 2, { what: 'removal', everyMs: 5 });
});

test('alarms come and go without waiting for the next status', async () => {
  const station = await follow();
  await isLive(station);
  const alarm = { key: 'disk', severity: 'error', code: 'DISK_LOW', message: 'full', since: iso(morning) };
  server.send('alarm', { kind: 'raised', alarm });
  await until(() => station.state.status?.alarms.length === 1, { what: 'the alarm', everyMs: 5 });
  server.send('alarm', { kind: 'cleared', alarm });
  await until(() => station.state.status?.alarms.length === 0, { what: 'its end', everyMs: 5 });
});

test('a changed schedule is read anew', async () => {
  const station = await follow();
  await isLive(station);
  server.answers.set('GET /api/v1/schedule', { body: { events: [], schedules: [] } });
  server.send('schedule', {});
  await until(() => station.state.events.length === 0, { what: 'the new schedule', everyMs: 5 });
});

test('says since when the connection is gone, keeps what was known, and catches up by itself', async () => {
  let tries = 0;
  const openEvents: LiveOptions['openEvents'] = (signal) => {
    tries += 1;
    return fetch(`${server.url}/api/v1/events`, { signal });
  };
  const station = await follow({ openEvents });
  await isLive(station);
  const before = Date.now();
  await server.stop();
  await until(() => station.state.connection === 'lost', { what: 'the loss to be noticed', everyMs: 5 });
  assert.ok((station.state.lostSince ?? 0) >= before);
  const since = station.state.lostSince;
  assert.equal(station.state.recordings.length, 1, 'what was known is still there');
  await until(() => tries >= 4, { what: 'more tries', everyMs: 5 });
  assert.equal(station.state.lostSince, since, 'more failed tries do not make it later');

  server.answers.set('GET /api/v1/recordings', { body: { recordings: [] } });
  await server.start();
  await isLive(station);
  assert.equal(station.state.lostSince, undefined);
  assert.equal(station.state.recordings.length, 0, 'what was missed meanwhile is known');
});

test('a server that has gone silent counts as gone', async () => {
  const station = await follow({ silenceMs: 1500, retryMs: 60_000 });
  await isLive(station);
  await until(() => station.state.connection === 'lost', { what: 'silence to be noticed', everyMs: 5 });
  station.hurry();
  await isLive(station);
});

test('what happens while everything is asked for is not lost', async () => {
  server.answers.set('GET /api/v1/recordings', {
    body: { recordings: [recordingJson('a', morning, { state: 'recorded' })] },
    before: () => server.send('recording', recordingJson('a', morning, { state: 'delivered' })),
  });
  const station = await follow();
  await until(() => station.state.recordings[0]?.state === 'delivered', { what: 'the newer state', everyMs: 5 });
});

test('a login that has ended is noticed by the stream too', async () => {
  let times = 0;
  server.answers.set('GET /api/v1/events', { status: 401, body: { code: 'UNAUTHENTICATED', detail: 'log in first' } });
  await follow({ onLoggedOut: () => (times += 1) });
  await until(() => times > 0, { what: 'the way to the login', everyMs: 5 });
});

test("knows how far the browser's clock is off", async () => {
  server.answers.set('GET /api/v1/status', { body: statusJson(Date.now() + 90_000) });
  const station = await follow();
  await isLive(station);
  assert.ok(Math.abs(station.state.clockOffsetMs - 90_000) < 5000, String(station.state.clockOffsetMs));
});

test('an answer that comes after a newer event changes nothing', async () => {
  const station = await follow();
  await isLive(station);
  const asked = recordingJson('b', morning, { updatedAt: iso(morning + 1) });
  server.send('recording', { ...asked, title: 'booked meanwhile', updatedAt: iso(morning + 2) });
  await until(() => station.state.recordings.some(({ id }) => id === 'b'), { what: 'the event', everyMs: 5 });
  station.takeRecording(asked);
  assert.equal(station.state.recordings.find(({ id }) => id === 'b')?.title, 'booked meanwhile');
});
