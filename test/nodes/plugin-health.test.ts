import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import type { NodeAPI } from 'node-red';
import type { Station } from '../../nodes/core/station.ts';
import { provideStation } from '../../nodes/kit/station.ts';
import register from '../../nodes/plugin-health/plugin-health.ts';
import { access } from '../fixtures/broker-bench.ts';
import { makeBusStation, RecordedBus } from '../fixtures/bus-station.ts';
import { person } from '../fixtures/recording-bench.ts';
import { until } from '../fixtures/until.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const events = new EventEmitter();
const handlers = new Map<string, Handler>();
const server = createServer((request, response) => handlers.get(request.url ?? '')?.(request, response));
const basic = `Basic ${Buffer.from('viewer:viewer').toString('base64')}`;
let parts: Awaited<ReturnType<typeof makeBusStation>>;
let url: string;

const get = (path: string, authorization?: string) =>
  fetch(url + path, authorization ? { headers: { authorization } } : {});
const health = async (authorization?: string) => {
  const answer = await get('/health', authorization);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
const metrics = async (): Promise<Map<string, string>> => {
  const text = await (await get('/metrics')).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]));
};

before(async () => {
  parts = await makeBusStation(Object.assign(new RecordedBus(), { clientCount: 3 }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  register({
    plugins: { registerPlugin: () => {} },
    events,
    httpNode: { get: (path: string, handler: Handler) => handlers.set(path, handler) },
    settings: { reelflow: { access } },
    log: { error: () => {} },
  } as unknown as NodeAPI);
});
after(() => {
  server.close();
  server.closeAllConnections();
});

test('not healthy until the station and the flows are there', async () => {
  assert.deepEqual(await health(), {
    status: 503,
    body: { status: 'failing', reasons: ['FLOWS_NOT_STARTED', 'STATION_MISSING'] },
  });
  assert.equal((await get('/metrics')).status, 503);
  provideStation(parts.station);
  assert.deepEqual((await health()).body, { status: 'failing', reasons: ['FLOWS_NOT_STARTED'] });
  events.emit('flows:started');
  assert.deepEqual(await health(), { status: 200, body: { status: 'ok' } });
  // A deploy does not make it unhealthy.
  events.emit('flows:stopping');
  assert.equal((await health()).status, 200);
});

test('strangers see codes only, who is logged in sees sentences', async () => {
  const { alarms } = parts.bench;
  alarms.raise('camera-away:hall', { severity: 'error', code: 'CAMERA_AWAY', message: 'rtsp://u:pw@hall/ is away' });
  assert.deepEqual(await health(), { status: 200, body: { status: 'ok' } });
  const wrong = await health(`Basic ${Buffer.from('viewer:wrong').toString('base64')}`);
  assert.deepEqual(wrong.body, { status: 'ok' });
  const { body } = await health(basic);
  assert.equal(body['agent'], 'hall-1');
  assert.deepEqual(body['notes'], [{ code: 'CAMERA_AWAY', message: 'rtsp://***@hall/ is away' }]);
  alarms.raise('disk', { severity: 'error', code: 'DISK_FULL', message: 'the disk at /data is full' });
  assert.deepEqual(await health(), { status: 503, body: { status: 'failing', reasons: ['DISK_FULL'] } });
  alarms.clear('disk');
  alarms.clear('camera-away:hall');
});

test('a database that can not be read is not healthy; a broker that is away is', async () => {
  const { recordings, bus } = parts.station;
  const failing = {
    list: () => {
      throw new Error('disk I/O error');
    },
  } as unknown as Station['recordings'];
  provideStation({ ...parts.station, recordings: failing });
  assert.deepEqual(await health(), { status: 503, body: { status: 'failing', reasons: ['DATABASE_FAILED'] } });
  const trouble = { code: 'BROKER_PORT_TAKEN', message: 'taken' };
  provideStation({ ...parts.station, recordings, bus: Object.assign(Object.create(bus), { trouble }) });
  assert.equal((await health()).status, 200);
  assert.deepEqual((await health(basic)).body['notes'], [trouble]);
  provideStation(parts.station);
});

test('metrics tell what is recorded, delivered and wrong', async () => {
  const { bench, putSchedule } = parts;
  putSchedule({
    scheduleId: 's1',
    name: 'Halls',
    events: [bench.event('a', 60_000, 1000)],
    lastGoodAt: bench.clock.now() - 5000,
    problems: [],
  });
  bench.alarms.raise('a', { severity: 'warning', code: 'DISK_LOW', message: 'low' });
  bench.service.start(undefined, { title: 'x', durationMs: 10_000, inputs: ['hall'] }, person);
  await bench.pass(5000);
  const during = await until(metrics, { what: 'metrics' });
  assert.equal(during.get('reelflow_info{agent="hall-1",version="0.1.0"}'), '1');
  assert.equal(during.get('reelflow_recordings{state="recording"}'), '1');
  assert.equal(during.get('reelflow_captures{state="capturing"}'), '1');
  assert.ok(Number(during.get('reelflow_capture_bytes{input="hall"}')) > 0);
  assert.equal(during.get('reelflow_disk_free_bytes'), String(bench.usage.freeBytes));
  assert.equal(during.get('reelflow_alarms{severity="warning",code="DISK_LOW"}'), '1');
  assert.equal(during.get('reelflow_schedule_events{schedule="s1",name="Halls"}'), '1');
  assert.ok(Number(during.get('reelflow_schedule_age_seconds{schedule="s1",name="Halls"}')) >= 10);
  assert.equal(during.get('reelflow_mqtt_clients'), '3');
  assert.equal(during.get('reelflow_bus_connected'), '1');
  assert.ok(Number(during.get('process_resident_memory_bytes')) > 0);
  await bench.pass(20_000);
  bench.alarms.clear('a');
  const end = await metrics();
  assert.equal(end.get('reelflow_recordings_ended_total{state="recorded"}'), '1');
  assert.ok(Number(end.get('reelflow_recorded_bytes_total')) > 0);
  assert.ok(Math.abs(Number(end.get('reelflow_recorded_seconds_total')) - 10) < 1);
  assert.equal(end.get('reelflow_alarms{severity="warning",code="DISK_LOW"}'), undefined);
  assert.equal(end.get('reelflow_capture_bytes{input="hall"}'), undefined);
});

test('a figure that can not be had is left out, the others are there', async () => {
  const { usage } = parts.bench;
  Object.assign(parts.station.disk, { usage: () => Promise.reject(new Error('gone')) });
  const all = await metrics();
  assert.equal(all.has('reelflow_disk_free_bytes'), false);
  assert.equal(all.get('reelflow_bus_connected'), '1');
  Object.assign(parts.station.disk, { usage: () => Promise.resolve(usage) });
});
