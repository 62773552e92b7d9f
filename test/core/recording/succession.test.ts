import assert from 'node:assert/strict';
import { test } from 'node:test';
import { person, RecordingBench } from '../../fixtures/recording-bench.ts';

const minute = 60_000;

/** Guards of ten minutes beyond the planned end instead of twelve hours. */
function guarded(more: { guardBeyondEndMs?: number; captureFreshForMs?: number } = {}): RecordingBench {
  return Object.assign(new RecordingBench(), { limits: { guardBeyondEndMs: 10 * minute, ...more } });
}

const parts = (bench: RecordingBench) => bench.only().parts.length;

test('a recording that is extended beyond its guard: the next capture delivers before the first one ends', async () => {
  const bench = guarded();
  const service = await bench.boot();
  const { id } = service.start(undefined, { durationMs: 5 * minute }, person);
  await bench.pass(minute);
  service.extend(id, 30 * minute, person);
  let most = 0;
  for (let passed = 0; passed < 40; passed += 1) {
    await bench.pass(minute);
    most = Math.max(most, [...bench.captures.tools.values()].filter((tool) => tool.isRunning).length);
  }
  const recording = bench.only();
  assert.equal(recording.state, 'recorded');
  assert.deepEqual(recording.gaps, []);
  assert.equal(recording.isDegraded, false);
  assert.equal(bench.captures.begun.length, 2);
  assert.equal(parts(bench), 2);
  assert.ok(most <= 2);
  assert.deepEqual(recording.warnings, []);
  assert.equal(bench.captures.running('hall'), undefined);
  assert.equal(bench.store.captures.size, 0);
});

test('a guard that is far enough away starts nothing', async () => {
  const bench = guarded();
  const service = await bench.boot();
  service.start(undefined, { durationMs: 30 * minute }, person);
  await bench.pass(35 * minute);
  assert.equal(bench.captures.begun.length, 1);
});

test('the second capture can not be had: the first runs to its guard, and the gap is stated', async () => {
  const bench = guarded();
  const service = await bench.boot();
  const { id } = service.start(undefined, { durationMs: 5 * minute }, person);
  await bench.pass(minute);
  service.extend(id, 20 * minute, person);
  bench.captures.away.add('hall');
  await bench.pass(13 * minute);
  assert.ok(bench.captures.running('hall'), 'the first one is not disturbed');
  assert.deepEqual(bench.alarms.list(), []);
  await bench.pass(2 * minute);
  assert.equal(bench.alarms.list()[0]?.code, 'CAPTURE_ENDED');
  bench.captures.away.clear();
  await bench.pass(15 * minute);
  assert.equal(bench.only().state, 'recorded');
  assert.equal(bench.only().gaps.length, 1);
});

test('a camera that only one can read is begun anew at the last moment: a short gap with its reason', async () => {
  const bench = guarded();
  bench.cameras.add({
    ...bench.cameras.list()[0],
    id: 'node-stick',
    name: 'stick',
    source: { kind: 'v4l2', device: '/dev/video0' },
  } as never);
  const service = await bench.boot();
  const { id } = service.start(undefined, { durationMs: 5 * minute, inputs: ['stick'] }, person);
  await bench.pass(minute);
  service.extend(id, 20 * minute, person);
  const tool = bench.captures.running('stick') ?? assert.fail();
  const end = tool.end.bind(tool);
  // It takes its time to close its file.
  tool.end = (exit) => void bench.loop.after(1500, () => end(exit));
  await bench.pass(30 * minute);
  const recording = bench.only();
  assert.equal(recording.state, 'recorded');
  assert.equal(recording.warnings.length, 1, 'said once');
  assert.equal(recording.gaps.length, 1);
  const [gap] = recording.gaps;
  assert.ok(gap && gap.end - gap.start < 5000, JSON.stringify(gap));
  assert.match(gap.reason, /opened only once/);
  assert.deepEqual(bench.alarms.list(), []);
});

test('events without a break for hours: a new capture at a seam, each event from one capture, and old files go', async () => {
  const bench = guarded({ guardBeyondEndMs: 720 * minute, captureFreshForMs: 20 * minute });
  const service = await bench.boot();
  for (let index = 0; index < 8; index += 1) {
    service.prepare('recorder', bench.event(`e${index}`, 10_000 + index * 10 * minute, 10 * minute));
  }
  let mostHeldMs = 0;
  for (let passed = 0; passed < 85; passed += 1) {
    await bench.pass(minute);
    const held = bench.store.listCaptures().reduce((sum, { mediaMs }) => sum + mediaMs, 0);
    mostHeldMs = Math.max(mostHeldMs, held);
  }
  const all = service.list();
  assert.equal(all.length, 8);
  for (const { title, state, gaps, parts } of all) {
    assert.equal(state, 'recorded', title);
    assert.deepEqual(gaps, [], title);
    assert.equal(parts.length, 1, title);
  }
  assert.ok(bench.captures.begun.length >= 3 && bench.captures.begun.length <= 4, `${bench.captures.begun.length}`);
  // Where the next event is on another capture, which was timed by itself, a margin is kept.
  const margins = bench.captures.assembled.map(({ pieces, outputPath }) => {
    const piece = pieces.at(-1);
    const event = all.find(({ id }) => outputPath.includes(id));
    return Math.round((piece?.toMs ?? 0) + (piece?.offsetMs ?? 0) - (event?.plannedEnd ?? 0));
  });
  assert.equal(margins.filter((margin) => margin === 300).length, bench.captures.begun.length);
  assert.equal(margins.filter((margin) => margin === 0).length, 8 - bench.captures.begun.length);
  assert.ok(mostHeldMs < 32 * minute, `${mostHeldMs / minute} minutes lie there at once`);
});

test('the runtime is killed while two captures overlap: both are taken up, nothing is missing', async () => {
  const bench = guarded();
  const service = await bench.boot();
  const { id } = service.start(undefined, { durationMs: 5 * minute }, person);
  await bench.pass(minute);
  service.extend(id, 20 * minute, person);
  while (bench.captures.begun.length < 2) await bench.pass(100);
  service.close();
  await bench.pass(5000);
  await bench.boot();
  await bench.pass(30 * minute);
  const recording = bench.only();
  assert.equal(recording.state, 'recorded');
  assert.deepEqual(recording.gaps, []);
  assert.equal(bench.captures.begun.length, 2);
  assert.equal(bench.captures.running('hall'), undefined);
});

test('the first of two overlapping captures is killed: the second serves everybody at once', async () => {
  const bench = guarded();
  const service = await bench.boot();
  const { id } = service.start(undefined, { durationMs: 5 * minute }, person);
  await bench.pass(minute);
  service.extend(id, 20 * minute, person);
  while (bench.captures.begun.length < 2) await bench.pass(100);
  await bench.pass(1500);
  bench.captures.kill('hall');
  await bench.pass(30 * minute);
  assert.equal(bench.captures.begun.length, 2);
  assert.equal(bench.only().state, 'recorded');
  assert.ok(bench.only().gaps.length <= 1);
});
