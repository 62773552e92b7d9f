import assert from 'node:assert/strict';
import { test } from 'node:test';
import { person, RecordingBench } from '../../fixtures/recording-bench.ts';

test('a runtime killed just before the start, back after the end: the tool recorded it all', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  const event = bench.event('lecture', 10_000, 30_000);
  service.prepare('recorder', event);
  await bench.pass(9500);
  assert.equal(bench.only().state, 'armed');
  service.close();
  await bench.pass(120_000);
  await bench.boot();
  await bench.pass(5000);
  const recording = bench.only();
  assert.equal(recording.state, 'recorded', recording.error?.message);
  assert.deepEqual(recording.gaps, []);
  assert.ok((recording.end ?? Infinity) < event.end + 1000);
  await bench.pass(60_000);
  assert.equal(bench.captures.running('hall'), undefined);
});

test('back-to-back events that pass while the runtime is away are cut from the tool that ran on', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  for (const [index, uid] of ['one', 'two', 'three'].entries()) {
    service.prepare('recorder', bench.event(uid, 10_000 + index * 60_000, 60_000));
  }
  await bench.pass(30_000);
  service.close();
  await bench.pass(130_000);
  await bench.boot();
  await bench.pass(60_000);
  assert.deepEqual(
    service.list().map(({ event, state, gaps }) => [event.uid, state, gaps.length]),
    [
      ['three', 'recorded', 0],
      ['two', 'recorded', 0],
      ['one', 'recorded', 0],
    ],
  );
  assert.equal(bench.captures.begun.length, 1);
  assert.equal(bench.store.captures.size, 0);
});

test('an event that only the restarted schedule names is cut from the tool that ran on, also when the one before is finished', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  const first = bench.event('first', 10_000, 60_000);
  service.prepare('recorder', first);
  await bench.pass(20_000);
  service.close();
  await bench.pass(120_000);
  const second = { ...first, uid: 'second', start: first.end, end: first.end + 300_000 };
  const next = await bench.boot();
  await bench.pass(10_000);
  assert.equal(bench.only().state, 'recorded');
  next.prepare('recorder', second);
  await bench.pass(300_000);
  const recording = next.list().find(({ event }) => event.uid === 'second');
  assert.equal(recording?.state, 'recorded');
  assert.deepEqual(recording.gaps, []);
  assert.equal(recording.parts.length, 1);
});

test('the runtime stands still (SIGSTOP) over start and end: one continuous recording', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  service.prepare('recorder', bench.event('lecture', 10_000, 60_000));
  await bench.pass(9500);
  bench.clock.step(45_000);
  bench.captures.advance();
  await bench.pass(1000);
  bench.clock.step(45_000);
  bench.captures.advance();
  await bench.pass(5000);
  const recording = bench.only();
  assert.equal(recording.state, 'recorded');
  assert.deepEqual(recording.gaps, []);
  assert.equal(bench.captures.begun.length, 1, 'standing still is no stall of the camera');
  assert.deepEqual(bench.alarms.list(), []);
});

test('the gap of a late start says why', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  service.prepare('recorder', bench.event('off', 30_000, 60_000));
  service.close();
  await bench.pass(45_000);
  const again = await bench.boot();
  again.prepare('recorder', bench.event('news', -10_000, 60_000));
  await bench.pass(70_000);
  const reasons = Object.fromEntries(again.list().map((one) => [one.event.uid, one.gaps[0]?.reason]));
  assert.match(reasons['off'] ?? '', /station was off/);
  assert.match(reasons['news'] ?? '', /became known after its start/);
});

test('a seam is cut without a hole, though the measured time moved between the two cuts', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  service.prepare('recorder', bench.event('one', 10_700, 20_000));
  service.prepare('recorder', bench.event('two', 30_700, 20_000));
  await bench.pass(30_800);
  const tool = bench.captures.running('hall');
  assert.ok(tool);
  tool.firstFrameAt += 40;
  await bench.pass(30_000);
  const [first, second] = bench.captures.assembled.map(({ pieces }) => pieces[0]);
  assert.ok((first?.toMs ?? 0) >= (second?.fromMs ?? Infinity), `${first?.toMs} ${second?.fromMs}`);
});

test('what a spawn takes to prepare is a part of the start that is learnt', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  const begin = bench.captures.begin.bind(bench.captures);
  bench.captures.begin = async (request) => {
    const ready = bench.clock.monotonicMs() + 5000;
    while (bench.clock.monotonicMs() < ready) await new Promise((resolve) => setImmediate(resolve));
    return await begin(request);
  };
  service.prepare('recorder', bench.event('first', 20_000, 20_000));
  await bench.pass(60_000);
  const next = bench.event('next', 60_000, 20_000);
  service.prepare('recorder', next);
  await bench.pass(90_000);
  const recording = service.list().find((one) => one.event.uid === 'next');
  assert.deepEqual(recording?.gaps, []);
  assert.ok((recording?.start ?? Infinity) <= next.start);
});

test('what a person called off is not begun by the calendar; what the calendar took back and gives again is', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  const called = bench.event('called off', 10_000, 30_000);
  service.stop(service.prepare('recorder', called)?.id ?? '', person);
  await bench.pass(10_000);
  service.prepare('recorder', called);
  assert.equal(bench.only().state, 'cancelled');
  const event = bench.event('lecture', 10_000, 60_000);
  service.prepare('recorder', event);
  await bench.pass(25_000);
  service.cancelEvent('recorder', event);
  await bench.pass(5000);
  service.prepare('recorder', event);
  await bench.pass(60_000);
  const parts = service.list().filter((one) => one.event.uid === 'lecture');
  assert.deepEqual(
    parts.map((one) => one.state),
    ['recorded', 'recorded'],
  );
  assert.ok(parts.some((one) => (one.end ?? 0) >= event.end));
});

test('shortening what has not begun leaves something to record', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  const { id } = service.prepare('recorder', bench.event('lecture', 60_000, 60_000)) ?? { id: '' };
  service.extend(id, -3600_000, person);
  await bench.pass(70_000);
  assert.equal(bench.only().state, 'recorded', bench.only().error?.message);
});
