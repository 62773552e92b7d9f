import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statusMessage } from '../../../nodes/core/bus/messages.ts';
import { StationPublisher } from '../../../nodes/core/bus/station-publisher.ts';
import { makeBusStation, RecordedBus } from '../../fixtures/bus-station.ts';
import { person, quietLog } from '../../fixtures/recording-bench.ts';

const status = 'reelflow/hall-1/status';

async function makePublisher() {
  const bus = new RecordedBus();
  const parts = await makeBusStation(bus);
  const publisher = new StationPublisher(parts.station, quietLog);
  publisher.start();
  await parts.bench.pass(1100);
  return { ...parts, bus, publisher };
}

test('the status is retained, complete, and goes offline at the end', async () => {
  const { bus, bench, publisher } = await makePublisher();
  const first = statusMessage.parse(bus.on(status).at(-1));
  assert.equal(first.state, 'idle');
  assert.deepEqual(first.disk, bench.usage);
  bench.alarms.raise('disk', { severity: 'error', code: 'DISK_FULL', message: 'the disk at /data/x is full' });
  await bench.pass(1100);
  const alarmed = statusMessage.parse(bus.on(status).at(-1));
  assert.equal(alarmed.state, 'error');
  assert.equal(alarmed.errors[0]?.code, 'DISK_FULL');
  assert.equal(alarmed.errors[0]?.message, 'the disk at …/x is full');
  publisher.stop();
  publisher.stop();
  bench.alarms.clear('disk');
  await bench.pass(3000);
  assert.deepEqual(bus.published.at(-1), { topic: status, payload: { online: false }, isRetained: true });
});

test('a recording is told at each change of its state, at most once a second, and cleared when removed', async () => {
  const { bus, bench } = await makePublisher();
  const { id } = bench.service.start(undefined, { title: 'Lecture', durationMs: 10_000, inputs: ['hall'] }, person);
  const topic = `reelflow/hall-1/recording/${id}`;
  await bench.pass(25_000);
  const told = bus.on(topic) as { state: string; progress: { durationMs: number }[]; files: object[] }[];
  assert.equal(told.at(-1)?.state, 'recorded');
  assert.equal(told.at(-1)?.files.length, 1);
  assert.ok(told.length <= 20, `${told.length} messages`);
  assert.ok(told.some(({ progress }) => (progress[0]?.durationMs ?? 0) > 3000));
  assert.ok(bus.on('reelflow/hall-1/level/hall').length >= 8);
  const events = bus.on('reelflow/hall-1/event/recording') as { from: string | null; to: string }[];
  assert.deepEqual(
    events.map(({ from, to }) => [from, to]),
    [
      [null, 'recording'],
      ['recording', 'finishing'],
      ['finishing', 'recorded'],
    ],
  );
  await bench.service.remove(id, person);
  assert.deepEqual(
    bus.published.findLast((one) => one.topic === topic),
    { topic, payload: '', isRetained: true },
  );
  const { to } = bus.on('reelflow/hall-1/event/recording').at(-1) as { to: string | null };
  assert.equal(to, null);
});

test('what is over is cleared a day later; what a broker still keeps from before is cleared too', async () => {
  const { bus, bench } = await makePublisher();
  const { id } = bench.service.start(undefined, { title: 'x', durationMs: 1000 }, person);
  await bench.pass(12_000);
  bench.service.delivery(id, { kind: 'begun', deliverId: 'd', target: 't', bytesTotal: 1 });
  bench.service.delivery(id, { kind: 'delivered', paths: [] });
  await bench.pass(2000);
  const topic = `reelflow/hall-1/recording/${id}`;
  assert.notEqual(bus.on(topic).at(-1), '');
  bench.clock.step(24 * 3600_000 + 1000);
  await bench.pass(61_000);
  assert.equal(bus.on(topic).at(-1), '');
  const filter = 'reelflow/hall-1/recording/+';
  const stranger = { topic: 'reelflow/hall-1/recording/old', payload: new Uint8Array([1]), isRetained: true };
  bus.hear(filter, { ...stranger, isRetained: false });
  assert.equal(bus.on(stranger.topic).length, 0);
  bus.hear(filter, stranger);
  assert.deepEqual(bus.on(stranger.topic), ['']);
});

test('the schedule follows its calendars, and events that are over leave it', async () => {
  const { bus, bench, putSchedule } = await makePublisher();
  const topic = 'reelflow/hall-1/schedule';
  const soon = bench.event('soon', 30_000, 10_000, { location: 'Hall 1' });
  const later = bench.event('later', 3600_000, 10_000);
  putSchedule({ scheduleId: 's1', name: 'Halls', events: [later, soon], lastGoodAt: bench.clock.now(), problems: [] });
  await bench.pass(2500);
  const uids = () => (bus.on(topic).at(-1) as { events: { uid: string }[] }).events.map(({ uid }) => uid);
  assert.deepEqual(uids(), ['soon', 'later']);
  const before = bus.on(topic).length;
  await bench.pass(120_000);
  assert.deepEqual(uids(), ['later']);
  assert.equal(bus.on(topic).length, before + 1);
});

test('a storm of events does not drown the bus', async () => {
  const { bus, bench } = await makePublisher();
  for (let index = 0; index < 500; index += 1) {
    bench.alarms.raise('flapping', { severity: 'warning', code: 'X', message: 'x' });
    bench.alarms.clear('flapping');
  }
  assert.equal(bus.on('reelflow/hall-1/event/alarm').length, 120);
  const sofar = bus.on(status).length;
  await bench.pass(5000);
  assert.ok(bus.on(status).length - sofar <= 6);
  await bench.pass(60_000);
  bench.alarms.raise('again', { severity: 'warning', code: 'X', message: 'x' });
  assert.equal(bus.on('reelflow/hall-1/event/alarm').length, 121);
});
