import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takenOut, withoutPauses } from '../../../nodes/core/recording/pause-cut.ts';
import { cameraNamed, person, RecordingBench } from '../../fixtures/recording-bench.ts';

/** A recording of a minute that has run for 20 s. */
async function running(bench: RecordingBench) {
  const service = await bench.boot();
  const { id } = service.start(undefined, { durationMs: 60_000 }, person);
  await bench.pass(20_000);
  return { service, id };
}

const pieces = (bench: RecordingBench) => bench.captures.assembled.at(-1)?.pieces ?? [];

test('what is paused is left out of the file, the capture runs on, and nothing counts as missing', async () => {
  const bench = new RecordingBench();
  const { service, id } = await running(bench);
  service.pause(id, person);
  assert.deepEqual(service.get(id)?.pauses, [{ start: bench.clock.now(), isLeftOut: true }]);
  await bench.pass(15_000);
  assert.ok(bench.captures.running('hall')?.isRunning);
  service.resume(id, person);
  await bench.pass(40_000);
  const recording = bench.only();
  assert.equal(recording.state, 'recorded');
  assert.equal(bench.captures.begun.length, 1);
  assert.deepEqual(recording.gaps, []);
  assert.equal(recording.isDegraded, false);
  assert.equal(recording.parts.length, 1);
  assert.equal((recording.pauses?.[0]?.end ?? 0) - (recording.pauses?.[0]?.start ?? 0), 15_000);
  const durationMs = recording.tracks[0]?.durationMs ?? 0;
  assert.ok(durationMs >= 45_000 && durationMs <= 47_500, `${durationMs} ms`);
});

test('a recorder that keeps pauses lists them, and the file is whole', async () => {
  const bench = new RecordingBench();
  bench.settings.isPauseLeftOut = false;
  const { service, id } = await running(bench);
  service.pause(id, person);
  await bench.pass(15_000);
  service.resume(id, person);
  await bench.pass(40_000);
  const recording = bench.only();
  assert.equal(pieces(bench).length, 1);
  assert.ok((recording.tracks[0]?.durationMs ?? 0) >= 60_000);
  assert.deepEqual(
    recording.pauses?.map(({ isLeftOut, end }) => [isLeftOut, end !== undefined]),
    [[false, true]],
  );
});

test('a crash while it is paused: it is still paused, and can be resumed', async () => {
  const bench = new RecordingBench();
  const { service, id } = await running(bench);
  service.pause(id, person);
  await bench.pass(3000);
  bench.captures.powerCut();
  service.close();
  await bench.pass(5000);
  const next = await bench.boot();
  await bench.pass(2000);
  assert.equal(next.get(id)?.pauses?.at(-1)?.end, undefined);
  next.resume(id, person);
  await bench.pass(50_000);
  const recording = bench.only();
  assert.equal(recording.state, 'recorded');
  assert.deepEqual(recording.gaps, []);
  assert.equal((recording.pauses?.[0]?.end ?? 0) - (recording.pauses?.[0]?.start ?? 0), 10_000);
  assert.equal(pieces(bench).length, 2);
});

test('stopped, or over, while it is paused: the pause ends with the recording', async () => {
  for (const isStopped of [true, false]) {
    const bench = new RecordingBench();
    const { service, id } = await running(bench);
    service.pause(id, person);
    await bench.pass(10_000);
    if (isStopped) service.stop(id, person);
    await bench.pass(60_000);
    const recording = bench.only();
    assert.equal(recording.state, 'recorded');
    assert.deepEqual(recording.gaps, []);
    assert.equal(recording.pauses?.[0]?.end, recording.plannedEnd);
    assert.ok((recording.tracks[0]?.durationMs ?? 0) < 22_000);
  }
});

test('twice is once; only what is being recorded can be paused', async () => {
  const bench = new RecordingBench();
  const { service, id } = await running(bench);
  service.resume(id, person);
  service.pause(id, person);
  await bench.pass(2000);
  service.pause(id, person);
  assert.equal(service.get(id)?.pauses?.length, 1);
  service.resume(id, person);
  await bench.pass(2000);
  service.resume(id, person);
  const [pause] = service.get(id)?.pauses ?? [];
  assert.equal((pause?.end ?? 0) - (pause?.start ?? 0), 2000);
  const { id: later } = service.prepare('recorder', bench.event('later', 600_000, 60_000)) ?? assert.fail();
  assert.throws(() => service.pause(later, person), { code: 'RECORDING_OVER' });
  await bench.pass(60_000);
  assert.throws(() => service.pause(id, person), { code: 'RECORDING_OVER' });
  assert.throws(() => service.resume(id, person), { code: 'RECORDING_OVER' });
  assert.throws(() => service.pause('nothing', person), { code: 'RECORDING_UNKNOWN' });
});

test('a recording does not grow without end by pauses', async () => {
  const bench = new RecordingBench();
  const { service, id } = await running(bench);
  for (let count = 0; count < 200; count += 1) {
    service.pause(id, person);
    service.resume(id, person);
  }
  assert.throws(() => service.pause(id, person), { code: 'PAUSES_TOO_MANY' });
});

test('a pause that was forgotten raises an alarm, until it is over', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  const { id } = service.start(undefined, { durationMs: 3600_000 }, person);
  await bench.pass(5000);
  service.pause(id, person);
  await bench.pass(290_000);
  assert.deepEqual(bench.alarms.list(), []);
  await bench.pass(15_000);
  assert.deepEqual(
    bench.alarms.list().map(({ code }) => code),
    ['STILL_PAUSED'],
  );
  service.resume(id, person);
  await bench.pass(2000);
  assert.deepEqual(bench.alarms.list(), []);
});

test('paused from the first picture to the last: it fails, says why, and what was captured is kept', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  const { id } = service.start(undefined, { durationMs: 60_000 }, person);
  service.pause(id, person);
  await bench.pass(90_000);
  assert.equal(bench.only().state, 'failed');
  assert.match(bench.only().error?.message ?? '', /paused all the time/);
  assert.equal(bench.store.captures.size, 1);
});

test("the files of a user's own tool can not be cut: they are kept whole, and so are the cameras beside it", async () => {
  const bench = new RecordingBench(['hall']);
  bench.cameras.add(cameraNamed('tool', 'command'));
  bench.settings.inputs.push('tool');
  const { service, id } = await running(bench);
  service.pause(id, person);
  assert.equal(service.get(id)?.pauses?.[0]?.isLeftOut, false);
});

test('the clock is set while it is paused: the pause moves along', async () => {
  const bench = new RecordingBench();
  const { service, id } = await running(bench);
  service.pause(id, person);
  await bench.pass(5000);
  bench.clock.wall += 3600_000;
  await bench.pass(5000);
  service.resume(id, person);
  await bench.pass(60_000);
  const recording = bench.only();
  assert.equal(recording.state, 'recorded');
  assert.equal((recording.pauses?.[0]?.end ?? 0) - (recording.pauses?.[0]?.start ?? 0), 10_000);
  assert.equal(pieces(bench).length, 2);
});

test('an interruption that lies in a pause is no gap; one that reaches out of it is', async () => {
  const bench = new RecordingBench();
  const { service, id } = await running(bench);
  service.pause(id, person);
  await bench.pass(5000);
  bench.captures.kill('hall');
  await bench.pass(10_000);
  service.resume(id, person);
  await bench.pass(45_000);
  assert.deepEqual(bench.only().gaps, []);
  assert.equal(bench.only().parts.length, 2);
});

test('pieces are split at pauses, wherever these begin and end', () => {
  const record = {} as never;
  const split = (pauses: [number, number][], fromMs?: number, toMs?: number) => {
    const edges = { ...(fromMs === undefined ? {} : { fromMs }), ...(toMs === undefined ? {} : { toMs }) };
    const list = withoutPauses(
      [{ record, offsetMs: 1000, ...edges }],
      pauses.map(([start, end]) => ({ start: start + 1000, end: end + 1000 })),
    );
    return list.map(({ piece, pausesBefore }) => [piece.fromMs, piece.toMs, pausesBefore]);
  };
  assert.deepEqual(split([]), [[undefined, undefined, 0]]);
  assert.deepEqual(split([[5, 9]], 2, 20), [
    [2, 5, 0],
    [9, 20, 1],
  ]);
  assert.deepEqual(split([[5, 9]]), [
    [undefined, 5, 0],
    [9, undefined, 1],
  ]);
  assert.deepEqual(
    split(
      [
        [0, 3],
        [18, 25],
      ],
      2,
      20,
    ),
    [[3, 18, 1]],
  );
  assert.deepEqual(split([[0, 30]], 2, 20), []);
  assert.deepEqual(
    split(
      [
        [0, 1],
        [30, 40],
      ],
      2,
      20,
    ),
    [[2, 20, 1]],
  );
});

test('a pause takes the same time out of all cameras: what the one with the longest group of pictures allows', () => {
  const camera = (ends: number, begins: number) => [
    { pausesBefore: 0, span: { start: 0, end: ends } },
    { pausesBefore: 1, span: { start: begins, end: 60_000 } },
  ];
  const pause = [{ start: 10_000, end: 20_000 }];
  assert.deepEqual(takenOut(pause, [camera(10_200, 19_800), camera(10_400, 18_000)]), [7600]);
  assert.deepEqual(takenOut(pause, [camera(10_200, 19_800), []]), [9600], 'one that delivered nothing has no say');
  assert.deepEqual(takenOut(pause, [camera(10_200, 25_000)]), [10_000], 'a gap behind it stays');
  assert.deepEqual(takenOut([{ start: 10_000, end: 10_300 }], [camera(10_400, 9_500)]), [0]);
});
