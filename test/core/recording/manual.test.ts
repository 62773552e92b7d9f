import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Recording } from '../../../nodes/core/recording/recording.ts';
import type { ScheduledEvent } from '../../../nodes/core/schedule/event.ts';
import { person, RecordingBench } from '../../fixtures/recording-bench.ts';

test('a manual recording shorter than the start of its camera is as long as asked', async () => {
  const bench = new RecordingBench();
  bench.captures.startDelayMs = 6000;
  const service = await bench.boot();
  service.start(undefined, { durationMs: 2000 }, person);
  await bench.pass(15_000);
  const recording = bench.only();
  assert.equal(recording.state, 'recorded', recording.error?.message);
  assert.ok((recording.end ?? 0) - (recording.start ?? 0) >= 2000);
});

test('the shortest manual recording is recorded', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  service.start(undefined, { durationMs: 1000 }, person);
  await bench.pass(10_000);
  assert.equal(bench.only().state, 'recorded', bench.only().error?.message);
});

test('a short manual recording of a camera that stays away fails, and does not wait for ever', async () => {
  const bench = new RecordingBench();
  bench.captures.away.add('hall');
  const service = await bench.boot();
  service.start(undefined, { durationMs: 2000 }, person);
  await bench.pass(40_000);
  assert.equal(bench.only().state, 'failed');
  assert.equal(bench.only().error?.code, 'NOTHING_CAPTURED');
  assert.deepEqual(bench.alarms.list(), []);
});

test('stopped before the first picture: over at once, the tool is gone, nothing is left', async () => {
  const bench = new RecordingBench();
  bench.captures.startDelayMs = 6000;
  const service = await bench.boot();
  const { id } = service.start(undefined, { durationMs: 60_000 }, person);
  await bench.pass(1000);
  service.stop(id, person);
  await bench.pass(3000);
  assert.equal(service.get(id)?.state, 'failed');
  assert.equal(service.get(id)?.error?.code, 'NOTHING_CAPTURED');
  assert.equal(bench.captures.running('hall'), undefined);
  assert.equal(bench.store.captures.size, 0);
  assert.deepEqual(bench.alarms.list(), []);
});

test('a manual recording on a camera that is captured already begins at once and ends on time', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  service.prepare('recorder', bench.event('lecture', 10_000, 60_000));
  await bench.pass(20_000);
  const { id, plannedStart } = service.start(undefined, { durationMs: 10_000 }, person);
  await bench.pass(15_000);
  const recording = service.get(id);
  assert.equal(recording?.state, 'recorded');
  assert.equal(bench.captures.begun.length, 1);
  assert.ok((recording?.start ?? Infinity) <= plannedStart && (recording?.end ?? 0) >= plannedStart + 10_000);
  assert.deepEqual(recording?.gaps, []);
});

test('a recording that is wanted while the tool of the one before takes its time to end', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  const first = service.start(undefined, { durationMs: 5000 }, person);
  await bench.pass(5500);
  const slow = bench.captures.running('hall');
  assert.ok(slow);
  const end = slow.end.bind(slow);
  slow.end = () => {};
  await bench.pass(1500);
  const second = service.start(undefined, { durationMs: 5000 }, person);
  await bench.pass(1500);
  assert.equal(bench.captures.begun.length, 2, 'a second tool beside the one that ends');
  end({ wasRequested: true });
  await bench.pass(10_000);
  for (const { id } of [first, second]) {
    assert.equal(service.get(id)?.state, 'recorded');
    assert.equal(service.get(id)?.isDegraded, false);
  }
});

/** As it comes back through the calendar once it was booked: whole seconds, and what the core adds. */
function fromCalendar(recording: Recording): ScheduledEvent {
  const { event } = recording;
  return { ...event, properties: { 'org.opencastproject.workflow.definition': 'fast' }, location: 'hall-1' };
}

async function bookedRecording() {
  const bench = new RecordingBench();
  const service = await bench.boot();
  const { id, event } = service.start(undefined, { durationMs: 60_000, creator: 'Ada', seriesId: 'physics' }, person);
  const second = (at: number) => Math.floor(at / 1000) * 1000;
  const booked = { ...event, start: second(event.start), end: second(event.end) };
  const recording = service.noteBooking(id, { state: 'booked' }, booked);
  return { bench, service, recording };
}

test('what was booked comes back through the calendar: one recording, whichever recorder hears of it', async () => {
  const { bench, service, recording } = await bookedRecording();
  assert.deepEqual(recording.event.properties, { 'event.creator': 'Ada', 'event.series': 'physics' });
  await bench.pass(5000);
  const { plannedEnd } = bench.only();
  service.prepare(bench.settings.recorderId, fromCalendar(recording));
  service.prepare('another-recorder', fromCalendar(recording));
  assert.equal(bench.only().plannedEnd, plannedEnd);
  assert.equal(bench.only().event.properties['org.opencastproject.workflow.definition'], 'fast');
  await bench.pass(70_000);
  service.prepare(bench.settings.recorderId, { ...fromCalendar(recording), title: 'Renamed' });
  assert.equal(bench.only().state, 'recorded');
});

test('a person moves the end of a booked recording, the calendar that has the old one does not move it back', async () => {
  const { bench, service, recording } = await bookedRecording();
  service.extend(recording.id, 120_000, person);
  service.prepare(bench.settings.recorderId, fromCalendar(recording));
  await bench.pass(100_000);
  assert.equal(bench.only().state, 'recording');
  service.stop(recording.id, person);
  await bench.pass(10_000);
  service.prepare(bench.settings.recorderId, fromCalendar(recording));
  await bench.pass(5000);
  assert.equal(bench.only().state, 'recorded');
});

test('a booked event that is prolonged or deleted at the core: its recording follows', async () => {
  const { bench, service, recording } = await bookedRecording();
  const event = fromCalendar(recording);
  service.prepare('another-recorder', { ...event, end: event.end + 60_000 });
  assert.equal(bench.only().plannedEnd, event.end + 60_000);
  await bench.pass(5000);
  service.cancelEvent('another-recorder', event);
  await bench.pass(10_000);
  assert.equal(bench.only().state, 'recorded');
  assert.equal(bench.only().endedBy, 'event');
});

test('a second camera that starts a little later is listed, and no fault of a recording by hand', async () => {
  const bench = new RecordingBench(['hall', 'desk']);
  const begin = bench.captures.begin.bind(bench.captures);
  bench.captures.begin = (request) => {
    bench.captures.startDelayMs = request.camera.name === 'desk' ? 2500 : 1000;
    return begin(request);
  };
  const service = await bench.boot();
  service.start(undefined, { durationMs: 20_000 }, person);
  await bench.pass(35_000);
  const recording = bench.only();
  assert.equal(recording.state, 'recorded');
  assert.deepEqual(
    recording.gaps.map(({ input }) => input),
    ['desk'],
  );
  assert.equal(recording.isDegraded, false);
});
