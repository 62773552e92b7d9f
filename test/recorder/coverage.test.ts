import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ClockCamera, readClockPictures, startClockCamera } from '../fixtures/clock-camera.ts';
import { type RealRecorder, rtspCamera, startRealRecorder } from '../fixtures/real-recorder.ts';
import { person } from '../fixtures/recording-bench.ts';
import { until } from '../fixtures/until.ts';

const frameMs = 40;
let camera: ClockCamera;

before(async () => {
  camera = await startClockCamera({ gop: 25 });
});
after(() => camera.stop());

async function withRecorder(
  names: string[],
  use: (recorder: RealRecorder) => Promise<void>,
  options: { guardBeyondEndMs?: number } = {},
): Promise<void> {
  const recorder = await startRealRecorder(
    names.map((name) => rtspCamera(name, camera.url)),
    options,
  );
  try {
    await use(recorder);
  } finally {
    await recorder.stop();
  }
}

test('A03 20 scheduled recordings of 5 s from an RTSP camera: each has every picture of its interval', async () => {
  const inputs = ['a', 'b', 'c', 'd'];
  await withRecorder(inputs, async (recorder) => {
    // Eleven seconds apart, so that each begins with a cold start of its tool.
    const recordings = [0, 1, 2, 3, 4].flatMap((round) =>
      inputs.map((input) => {
        const event = { ...recorder.event(`${input}${round}`, 8000 + round * 11_000, 5000), inputs: [input] };
        return recorder.service.prepare('recorder', event);
      }),
    );
    for (const { id, plannedStart, plannedEnd, title } of recordings.map((recording) => recording ?? assert.fail())) {
      const recording = await recorder.finished(id, 90_000);
      assert.equal(recording.state, 'recorded', `${title}: ${recording.error?.message}`);
      assert.deepEqual(recording.gaps, [], title);
      const pictures = await readClockPictures(recording.tracks[0]?.path ?? '');
      const first = pictures[0]?.takenAt ?? Infinity;
      const last = pictures.at(-1)?.takenAt ?? -Infinity;
      assert.ok(first <= plannedStart + frameMs, `${title}: begins ${first - plannedStart} ms late`);
      assert.ok(last >= plannedEnd - frameMs, `${title}: ends ${plannedEnd - last} ms early`);
      assert.ok(last - first < 5000 + 3000, `${title}: ${last - first} ms are more than 3 s too many`);
      assert.equal(missing(pictures.map((picture) => picture.number)).length, 0, `${title}: pictures are missing`);
    }
  });
});

test('A21 8 back-to-back events: 8 files, every picture in at least one, at most one group of pictures in two', async () => {
  await withRecorder(['hall'], async (recorder) => {
    const first = recorder.event('e0', 8000, 3000);
    const recordings = Array.from({ length: 8 }, (_, index) => {
      const start = first.start + index * 3000;
      return recorder.service.prepare('recorder', {
        ...first,
        uid: `e${index}`,
        title: `e${index}`,
        start,
        end: start + 3000,
      });
    });
    const files: number[][] = [];
    for (const recording of recordings) {
      const { tracks, gaps, state } = await recorder.finished(recording?.id ?? '', 60_000);
      assert.equal(state, 'recorded');
      assert.deepEqual(gaps, []);
      files.push((await readClockPictures(tracks[0]?.path ?? '')).map((picture) => picture.number));
    }
    assert.equal(files.length, 8);
    const all = [...new Set(files.flat())].sort((a, b) => a - b);
    assert.deepEqual(missing(all), [], 'pictures lost at a seam');
    for (let index = 1; index < files.length; index += 1) {
      const shared = files[index]?.filter((number) => files[index - 1]?.includes(number)).length ?? 0;
      assert.ok(shared <= 25, `seam ${index}: ${shared} pictures are in both files`);
    }
  });
});

test('a recording that outlasts the guard of its capture: two captures, one file, every picture', async () => {
  const use = async (recorder: RealRecorder): Promise<void> => {
    const { service } = recorder;
    const { id } = service.prepare('recorder', recorder.event('long', 6000, 4000)) ?? assert.fail();
    await until(() => recorder.running()[0], { timeoutMs: 20_000, what: 'the tool, which knows the first end only' });
    service.extend(id, 16_000, person);
    const recording = await recorder.finished(id, 90_000);
    assert.equal(recording.state, 'recorded', recording.error?.message);
    assert.deepEqual(recording.gaps, []);
    assert.equal(recording.isDegraded, false);
    assert.equal(recording.tracks.length, 1);
    assert.equal(recording.parts.length, 2);
    const pictures = await readClockPictures(recording.tracks[0]?.path ?? '');
    const numbers = [...new Set(pictures.map(({ number }) => number))].sort((a, b) => a - b);
    assert.deepEqual(missing(numbers), []);
    assert.ok(pictures.length - numbers.length <= 25, `${pictures.length - numbers.length} pictures are there twice`);
    assert.ok((pictures.at(-1)?.takenAt ?? 0) >= recording.plannedEnd - frameMs);
  };
  await withRecorder(['hall'], use, { guardBeyondEndMs: 12_000 });
});

/** Numbers left out in a rising sequence. */
function missing(numbers: number[]): number[] {
  return numbers.flatMap((number, index) => {
    const before = numbers[index - 1];
    if (before === undefined || number <= before + 1) return [];
    return Array.from({ length: number - before - 1 }, (_, offset) => before + 1 + offset);
  });
}
