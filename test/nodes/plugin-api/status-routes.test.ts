import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { Camera } from '../../../nodes/core/camera/camera.ts';
import { ReelflowError } from '../../../nodes/core/errors.ts';
import { withoutSecrets } from '../../../nodes/plugin-api/input-json.ts';
import { Client } from './fixtures/client.ts';
import { startServer, type TestServer } from './fixtures/server.ts';
import { hall, makeEvent } from './fixtures/station.ts';

let server: TestServer;
let client: Client;

before(async () => {
  server = await startServer();
  client = new Client(server);
});

after(() => server.close());

beforeEach(() => {
  server.recordings.all.clear();
  server.recordings.figures.length = 0;
  server.schedules.views.clear();
  server.schedules.failure = undefined;
  for (const alarm of server.alarms.list()) server.alarms.clear(alarm.key);
});

const hour = 3600_000;

test('the status says what the station is and does', async () => {
  const { body } = await client.ask('GET /api/v1/status', undefined, { role: 'viewer' });
  assert.equal(body.agent, 'hall-1');
  assert.equal(body.state, 'idle');
  assert.equal(body.nextEvent, null);
  assert.equal(body.host.nodeVersion, process.version);
  assert.ok(body.disk.freeBytes > 0 && body.disk.totalBytes > body.disk.freeBytes);
  assert.ok(body.host.memoryBytes > 10_000_000);
  assert.ok(Math.abs(Date.parse(body.clock.now) - Date.now()) < 5000);
});

test('the state is what is being done, then what is wrong', async () => {
  const state = async () => (await client.ask('GET /api/v1/status')).body.state;
  server.recordings.put({ state: 'delivering', id: 'a' });
  assert.equal(await state(), 'uploading');
  server.alarms.raise('disk-low', { severity: 'warning', code: 'DISK_LOW', message: 'little space' });
  assert.equal(await state(), 'uploading');
  server.alarms.raise('camera-away:hall', {
    severity: 'error',
    code: 'CAMERA_AWAY',
    message: `see ${server.dataRoot}/x`,
  });
  assert.equal(await state(), 'error');
  server.recordings.put({ state: 'recording', id: 'b' });
  server.recordings.put({ state: 'armed', id: 'c' });
  const { body } = await client.ask('GET /api/v1/status');
  assert.equal(body.state, 'capturing');
  assert.deepEqual([body.recordings.running[0].id, body.recordings.armed, body.recordings.delivering], ['b', 1, 1]);
  assert.equal(body.recordings.undelivered, 1);
  assert.deepEqual(
    body.alarms.map((alarm: { message: string }) => alarm.message),
    ['little space', 'see …/x'],
  );
});

test('a disk that does not answer does not hide the rest', async () => {
  const { disk } = server.station;
  server.station.disk = { usage: () => Promise.reject(new Error('stale file handle')) };
  assert.equal((await client.ask('GET /api/v1/status')).body.disk, null);
  server.station.disk = disk;
});

test('merges the schedules, the next event first', async () => {
  const now = Date.now();
  server.schedules.put([makeEvent('late', now + 2 * hour), makeEvent('over', now - 2 * hour)], 'schedule-1');
  server.schedules.put([makeEvent('soon', now + hour, { inputs: ['slides'] })], 'schedule-2');
  const recording = server.recordings.put({ state: 'armed', event: makeEvent('soon', now + hour) });
  const { body } = await client.ask('GET /api/v1/schedule');
  assert.deepEqual(
    body.events.map((event: { uid: string }) => event.uid),
    ['soon', 'late'],
  );
  assert.deepEqual(body.events[0].recording, { id: recording.id, state: 'armed' });
  assert.deepEqual(body.events[0].inputs, ['slides']);
  assert.deepEqual(body.events[1].inputs, ['hall', 'slides'], "the recorder's own");
  assert.equal(body.events[0].start, new Date(now + hour).toISOString());
  assert.equal(body.schedules.length, 2);
  assert.equal((await client.ask('GET /api/v1/status')).body.nextEvent.uid, 'soon');
});

test('shows the window that was asked for, ends excluded', async () => {
  const start = Date.UTC(2027, 0, 10, 9);
  server.schedules.put([0, 1, 2, 3].map((index) => makeEvent(`e${index}`, start + index * 60_000)));
  const query = 'from=2027-01-10T09:01:00Z&to=2027-01-10T09:03:00Z';
  const { body } = await client.ask('GET /api/v1/schedule', `/api/v1/schedule?${query}`);
  assert.deepEqual(
    body.events.map((event: { uid: string }) => event.uid),
    ['e1', 'e2'],
  );
  assert.deepEqual(
    body.schedules[0].events.map((event: { uid: string }) => event.uid),
    ['e1', 'e2'],
  );
  await client.refused(400, 'QUERY_INVALID', 'GET /api/v1/schedule', '/api/v1/schedule?to=soon');
});

test('says which events want a camera at the same time', async () => {
  const start = Date.UTC(2027, 0, 10, 9);
  server.schedules.put([
    makeEvent('a', start, { inputs: ['hall'], end: start + 10 * 60_000 }),
    makeEvent('b', start + 5 * 60_000, { inputs: ['hall', 'slides'] }),
    makeEvent('c', start + 5 * 60_000, { inputs: ['slides'] }),
    makeEvent('d', start + 10 * 60_000, { inputs: ['hall'] }),
  ]);
  const { body } = await client.ask('GET /api/v1/schedule', '/api/v1/schedule?from=2027-01-01T00:00:00Z');
  const events: { uid: string; conflicts: { first: string; second: string; input: string }[] }[] = body.events;
  const found = events.map(({ uid, conflicts }) => [uid, conflicts.map((one) => one.first + one.second).join()]);
  assert.deepEqual(found, [
    ['a', 'ab'],
    ['b', 'ab,bc'],
    ['c', 'bc'],
    ['d', ''],
  ]);
  assert.deepEqual(body.events[0].conflicts[0], {
    input: 'hall',
    first: 'a',
    second: 'b',
    start: '2027-01-10T09:05:00.000Z',
    end: '2027-01-10T09:06:00.000Z',
    outcome: 'both-complete',
  });
});

test('reads the calendars now, and says why when that fails', async () => {
  server.schedules.put([makeEvent('a', Date.now() + hour)]);
  const { status, body } = await client.ask('POST /api/v1/schedule/refresh');
  assert.deepEqual([status, body.events.length, server.schedules.refreshes], [200, 1, 1]);
  server.schedules.failure = new ReelflowError('CALENDAR_EMPTY', 'the calendar is empty');
  await client.refused(502, 'CALENDAR_EMPTY', 'POST /api/v1/schedule/refresh');
  await client.refused(403, 'FORBIDDEN', 'POST /api/v1/schedule/refresh', undefined, { role: 'viewer' });
});

test('shows the cameras without their secrets', async () => {
  const command: Camera = {
    ...hall,
    id: 'camera-2',
    name: 'own tool',
    source: { kind: 'command', argv: ['tool', '--password', 'hidden'], outputs: [] },
  };
  const dispose = server.cameras.add(command);
  server.recordings.figures.push({ recordingId: 'r1', input: 'hall', durationMs: 1, sizeBytes: 1, isCapturing: true });
  const { body } = await client.ask('GET /api/v1/inputs');
  dispose();
  const text = JSON.stringify(body);
  for (const secret of ['pa$$word', 'hidden', '"viewer"', 'token=']) assert.ok(!text.includes(secret), secret);
  assert.equal(body.inputs[0].address, 'rtsp://192.0.2.7:554/stream?…');
  assert.deepEqual([body.inputs[0].isCapturing, body.inputs[0].recordingIds], [true, ['r1']]);
  assert.equal(body.inputs[1].preview.stillUrl, '/preview/own%20tool.jpg');
});

test('takes secrets out of addresses, however they are written', () => {
  for (const [address, shown] of [
    ['rtsp://192.0.2.7/a', 'rtsp://192.0.2.7/a'],
    ['rtsp://user:pass@192.0.2.7:554/a', 'rtsp://192.0.2.7:554/a'],
    ['rtsp://user:p@ss@192.0.2.7/a', 'rtsp://192.0.2.7/a'],
    ['rtsp://user:p/a?s#s@192.0.2.7/a', 'rtsp://192.0.2.7/a'],
    ['srt://192.0.2.7:9000?passphrase=secret', 'srt://192.0.2.7:9000?…'],
    ['http://192.0.2.7/x.m3u8?key=secret#x', 'http://192.0.2.7/x.m3u8?…'],
    ['udp://@239.0.0.1:5000', 'udp://239.0.0.1:5000'],
    ['user:pass at camera', '…'],
  ] as const) {
    assert.equal(withoutSecrets(address), shown);
  }
});

test('while the station is not up, everything says so', async () => {
  const early = await startServer({
    station: () => {
      throw new ReelflowError('STATION_MISSING', 'Reelflow is not running');
    },
  });
  const asking = new Client(early);
  await asking.refused(503, 'STATION_MISSING', 'GET /api/v1/status');
  await asking.refused(503, 'STATION_MISSING', 'GET /api/v1/events');
  await asking.refused(503, 'STATION_MISSING', 'GET /preview/{camera}.jpg', '/preview/hall.jpg');
  await early.close();
});

test('says who asks, and with which role', async () => {
  const { body } = await client.ask('GET /api/v1/me', undefined, { role: 'viewer' });
  assert.deepEqual(body, { user: 'the-viewer', role: 'viewer' });
});
