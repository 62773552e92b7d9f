import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ClockCamera, readClockPictures, startClockCamera } from '../fixtures/clock-camera.ts';
import { type RealRecorder, rtspCamera, startRealRecorder } from '../fixtures/real-recorder.ts';

const frameMs = 40;
let camera: ClockCamera;

before(async () => {
  camera = await startClockCamera({ gop: 25 });
});
after(() => camera.stop());

async function withRecorder(names: string[], use: (recorder: RealRecorder) => Promise<void>): Promise<void> {
  const recorder = await startRealRecorder(names.map((name) => rtspCamera(name, camera.url)));
  try {
    await use(recorder);
  } finally {
    await recorder.stop();
  }
}

test('20 scheduled recordings of 5 s from an RTSP camera: each has every picture of its interval', async () => {
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

test('8 back-to-back events: 8 files, every picture in at least one, at most one group of pictures in two', async () => {
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

/** Numbers left out in a rising sequence. */
function missing(numbers: number[]): number[] {
  return numbers.flatMap((number, index) => {
    const before = numbers[index - 1];
    if (before === undefined || number <= before + 1) return [];
    return Array.from({ length: number - before - 1 }, (_, offset) => before + 1 + offset);
  });
}
