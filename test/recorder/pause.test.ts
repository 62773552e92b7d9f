import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ClockCamera, readClockPictures, startClockCamera } from '../fixtures/clock-camera.ts';
import { rtspCamera, startRealRecorder } from '../fixtures/real-recorder.ts';
import { person } from '../fixtures/recording-bench.ts';
import { until } from '../fixtures/until.ts';

const frameMs = 40;
/** A group of pictures is a second, and a cut ends with the fragment: half a second. */
const gopMs = 1000;
const fragmentMs = 600;
/** Behind the begin of a pause, as at the end of a recording. */
const marginMs = 300;
let camera: ClockCamera;

before(async () => {
  camera = await startClockCamera({ gop: 25 });
});
after(() => camera.stop());

test('two cameras, paused twice: all pictures outside the pauses, few inside, both files in step', async () => {
  const recorder = await startRealRecorder(['a', 'b'].map((name) => rtspCamera(name, camera.url)));
  try {
    const { service } = recorder;
    const { id } = service.prepare('recorder', recorder.event('lecture', 5000, 60_000)) ?? assert.fail();
    const wallMs = (ms: number) => {
      const from = Date.now();
      return until(() => Date.now() - from >= ms, { timeoutMs: 30_000, what: `${ms} ms of the cameras` });
    };
    const bothHave = (ms: number) =>
      until(() => service.progress().length === 2 && service.progress().every((one) => one.durationMs >= ms), {
        timeoutMs: 60_000,
        what: `${ms} ms of both cameras`,
      });
    await bothHave(2000);
    service.pause(id, person);
    await wallMs(3500);
    service.resume(id, person);
    await bothHave(4000);
    service.pause(id, person);
    await wallMs(3000);
    service.resume(id, person);
    await bothHave(6000);
    service.stop(id, person);
    const recording = await recorder.finished(id, 60_000);
    assert.equal(recording.state, 'recorded', recording.error?.message);
    const pauses = recording.pauses ?? [];
    assert.equal(pauses.length, 2);
    const gapsInPauses = recording.gaps.filter((gap) =>
      pauses.some(({ start, end = 0 }) => gap.start < end && gap.end > start),
    );
    assert.deepEqual(gapsInPauses, []);
    for (const { path, input } of recording.tracks) {
      const pictures = await readClockPictures(path);
      const taken = pictures.map(({ takenAt }) => takenAt);
      assert.equal(
        new Set(pictures.map(({ number }) => number)).size,
        pictures.length,
        `${input}: a picture is there twice`,
      );
      for (let index = 1; index < pictures.length; index += 1) {
        const lost = (pictures[index]?.number ?? 0) - (pictures[index - 1]?.number ?? 0) - 1;
        if (lost === 0) continue;
        const [last, next] = [taken[index - 1] ?? 0, taken[index] ?? 0];
        const pause = pauses.find(({ start, end = 0 }) => last >= start - frameMs && next <= end + frameMs);
        assert.ok(pause, `${input}: ${lost} pictures are missing outside the pauses`);
      }
      for (const { start, end = 0 } of pauses) {
        const inside = taken.filter((at) => at > start + marginMs + fragmentMs && at < end - gopMs - frameMs);
        assert.deepEqual(inside, [], `${input}: pictures of the pause`);
      }
    }
    const [one, other] = recording.tracks;
    assert.ok(Math.abs((one?.durationMs ?? 0) - (other?.durationMs ?? 0)) < gopMs + fragmentMs);
    const spanMs = (recording.end ?? 0) - (recording.start ?? 0);
    assert.ok(
      (one?.durationMs ?? 0) < spanMs - 6500 + 2 * (gopMs + fragmentMs + marginMs),
      `${one?.durationMs} of ${spanMs} ms`,
    );
  } finally {
    await recorder.stop();
  }
});
