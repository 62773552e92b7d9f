import assert from 'node:assert/strict';
import { test } from 'node:test';
import { person, RecordingBench } from '../../fixtures/recording-bench.ts';

const hour = 3600_000;

/** Somebody sets the wall clock; the real captures measure their offset on the monotonic one, so it moves at once. */
function setClock(bench: RecordingBench, byMs: number): void {
  bench.clock.wall += byMs;
  for (const tool of bench.captures.tools.values()) if (tool.isRunning) tool.firstFrameAt += byMs;
}

test('the clock is set forward past the planned end: everything that was captured is kept', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  service.prepare('recorder', bench.event('lecture', 10_000, 600_000));
  await bench.pass(310_000);
  setClock(bench, hour);
  await bench.pass(5000);
  const recording = bench.only();
  assert.equal(recording.state, 'recorded');
  const [track] = recording.tracks;
  assert.ok((track?.durationMs ?? 0) >= 300_000, `${track?.durationMs} ms`);
  assert.match(recording.gaps[0]?.reason ?? '', /clock was set forward by 3600 s/);
});

test('the clock is set back: the recording goes on to its planned end by the new clock, nothing is lost', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  service.prepare('recorder', bench.event('lecture', 10_000, 600_000));
  await bench.pass(310_000);
  setClock(bench, -60_000);
  await bench.pass(362_000);
  const recording = bench.only();
  assert.equal(recording.state, 'recorded');
  assert.equal(bench.captures.begun.length, 1);
  assert.ok((recording.tracks[0]?.durationMs ?? 0) >= 660_000);
  assert.deepEqual(recording.gaps, []);
});

test('the clock is set back after a part ended: the parts stay in order, no hour of standing picture', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  const { id } = service.start(undefined, { durationMs: 120_000 }, person);
  await bench.pass(30_000);
  bench.captures.kill('hall');
  await bench.pass(5000);
  setClock(bench, -hour);
  await bench.pass(30_000);
  bench.captures.kill('hall');
  await bench.pass(70_000);
  const recording = service.get(id);
  assert.equal(recording?.state, 'recorded');
  const pieces = bench.captures.assembled[0]?.pieces ?? [];
  assert.deepEqual(
    pieces.map((piece) => piece.offsetMs),
    pieces.map((piece) => piece.offsetMs).toSorted((a, b) => a - b),
  );
  const length = (recording?.end ?? 0) - (recording?.start ?? 0);
  assert.ok(length >= 120_000 && length < 125_000, `${length} ms`);
});

test('a manual recording is a length: setting the clock neither ends nor prolongs it', async () => {
  for (const byMs of [hour, -hour]) {
    const bench = new RecordingBench();
    const service = await bench.boot();
    const { id } = service.start(undefined, { durationMs: 60_000 }, person);
    await bench.pass(20_000);
    setClock(bench, byMs);
    await bench.pass(30_000);
    assert.equal(service.get(id)?.state, 'recording', `${byMs}`);
    await bench.pass(15_000);
    const recording = service.get(id);
    assert.equal(recording?.state, 'recorded', `${byMs}`);
    assert.deepEqual(recording?.gaps, [], `${byMs}`);
    const length = recording?.tracks[0]?.durationMs ?? 0;
    assert.ok(length >= 60_000 && length < 62_000, `${byMs}: ${length} ms`);
  }
});

test('the clock is set forward into an event whose tool has just started: cut by the new clock', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  service.prepare('recorder', bench.event('lecture', 10_000, 600_000));
  await bench.pass(9900);
  setClock(bench, 120_000);
  await bench.pass(482_000);
  const recording = bench.only();
  assert.equal(recording.state, 'recorded');
  assert.ok((recording.tracks[0]?.durationMs ?? 0) >= 480_000, `${recording.tracks[0]?.durationMs} ms`);
});

test('a wrong time that was set right again: the event is recorded from then on', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  const waiting = bench.event('waiting', 60_000, 120_000);
  const running = bench.event('running', 5000, 120_000);
  service.prepare('recorder', running);
  service.prepare('recorder', waiting);
  await bench.pass(20_000);
  setClock(bench, hour);
  await bench.pass(3000);
  assert.deepEqual(
    service
      .list()
      .map((one) => one.state)
      .toSorted(),
    ['failed', 'recorded'],
  );
  setClock(bench, -hour);
  // The schedule says what is current again when the clock was set back.
  service.prepare('recorder', running);
  service.prepare('recorder', waiting);
  await bench.pass(200_000);
  const states = service.list().map((one) => `${one.event.uid} ${one.state}`);
  assert.deepEqual(states.toSorted(), ['running recorded', 'running recorded', 'waiting failed', 'waiting recorded']);
});
