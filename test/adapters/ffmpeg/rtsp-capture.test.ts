import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Camera } from '../../../nodes/core/camera/camera.ts';
import type { CaptureProcess, CaptureStatus } from '../../../nodes/core/recording/capture.ts';
import { readClockPictures, startClockCamera } from '../../fixtures/clock-camera.ts';
import { startRtspCamera } from '../../fixtures/rtsp-camera.ts';
import { captureBench, makeCamera } from '../../fixtures/tools/capture-bench.ts';
import { readPackets } from '../../fixtures/tools/media.ts';
import { until } from '../../fixtures/until.ts';

const rtsp = (url: string, more: Partial<Camera> = {}, timeoutMs = 10_000) =>
  makeCamera({ kind: 'rtsp', url, transport: 'tcp', timeoutMs }, more);

function recorded(capture: CaptureProcess, mediaMs: number): Promise<CaptureStatus> {
  return until(
    async () => {
      const status = await capture.status();
      return status.mediaMs >= mediaMs && status;
    },
    { timeoutMs: 30_000, what: `${mediaMs} ms of ${capture.record.input}` },
  );
}

test('wall clock times of a network camera are right, and two recordings that meet hold every picture', async (t) => {
  const camera = await startClockCamera({ fps: 25, gop: 25 });
  t.after(() => camera.stop());
  const bench = await captureBench(t);
  const capture = await bench.begin(rtsp(camera.url));
  const { offsetMs = 0 } = await recorded(capture, 9000);
  await capture.stop();
  const { record } = capture;
  const [begin, seam, end] = [offsetMs + 2200, offsetMs + 5100, offsetMs + 8000] as const;
  const pictures: { number: number; takenAt: number }[][] = [];
  for (const [index, [from, to]] of [[begin, seam] as const, [seam, end] as const].entries()) {
    const [file] = await bench.assembler.assemble({
      pieces: [{ record, fromMs: from - offsetMs, toMs: to - offsetMs, offsetMs }],
      outputPath: join(bench.root, `${index}.mp4`),
      container: 'mp4',
    });
    assert.ok(file && file.start <= from && file.end >= to);
    const decoded = await readClockPictures(file.path);
    pictures.push(decoded);
    // The picture carries the moment it was made: what the file claims must be that, and the way through the camera.
    const first = decoded[0];
    assert.ok(first);
    const wayMs = file.start - first.takenAt;
    assert.ok(wayMs > -50 && wayMs < 400, `the first picture was made ${wayMs} ms before its stated time`);
  }
  const numbers = pictures.map((list) => list.map(({ number }) => number));
  const all = [...new Set(numbers.flat())].sort((a, b) => a - b);
  assert.deepEqual(
    all,
    Array.from({ length: all.length }, (_, index) => (all[0] ?? 0) + index),
    'no number is missing',
  );
  const both = (numbers[0] ?? []).filter((number) => numbers[1]?.includes(number));
  assert.ok(both.length <= 25 + 13, `${both.length} pictures are in both`);
});

test('a camera with a password is recorded, and nobody sees the password', async (t) => {
  const camera = await startRtspCamera({
    login: 'user:s3cret',
    size: '320x180',
    framesPerSecond: 25,
    groupOfPictures: 25,
  });
  t.after(() => camera.stop());
  const bench = await captureBench(t);
  const url = camera.url(1).replace('user:s3cret@', '');
  const capture = await bench.begin(rtsp(url, { secret: { user: 'user', password: 's3cret' } }));
  const status = await recorded(capture, 2500);
  assert.ok(status.levelDbfs !== undefined && status.luma !== undefined);
  const commandLine = readFileSync(`/proc/${capture.record.pid}/cmdline`, 'utf8');
  assert.match(commandLine, /capture\.mp4/);
  assert.doesNotMatch(commandLine, /s3cret/);
  assert.doesNotMatch(readFileSync(`/proc/${capture.record.pid}/environ`, 'utf8'), /s3cret/);
  assert.doesNotMatch(JSON.stringify([capture.record, bench.lines]), /s3cret/);
  await capture.stop();
  const packets = await readPackets(join(capture.record.directory, 'capture.mp4'));
  const video = packets.filter(({ track }) => track === 'video').map(({ ptsMs }) => ptsMs);
  assert.ok(video.every((ptsMs, index) => index < 2 || Math.abs(ptsMs - (video[index - 1] ?? 0) - 40) < 15));
  const wrong = await bench.begin(rtsp(url, { secret: { user: 'user', password: 'wr0ng' } }));
  const exit = await wrong.exited;
  assert.match(exit.lastLines.join('\n'), /401 Unauthorized/);
  assert.doesNotMatch(exit.lastLines.join('\n'), /wr0ng/);
});

test('a camera that is switched off ends the capture, one that freezes stops its progress', async (t) => {
  const camera = await startRtspCamera({ cameras: 2, withAudio: [], size: '320x180', groupOfPictures: 15 });
  t.after(() => camera.stop());
  const bench = await captureBench(t);
  const [gone, frozen] = await Promise.all([bench.begin(rtsp(camera.url(1))), bench.begin(rtsp(camera.url(2)))]);
  await Promise.all([recorded(gone, 1000), recorded(frozen, 1000)]);
  await camera.control('off', 1);
  const exit = await gone.exited;
  // FFmpeg calls it a good end: only the recorder knows that it came too early.
  assert.deepEqual([exit.exitCode, exit.wasRequested], [0, false]);
  await camera.control('freeze', 2);
  await until(
    async () => {
      const { lastAdvanceMonotonicMs = 0, isRunning } = await frozen.status();
      return isRunning && bench.clock.monotonicMs() - lastAdvanceMonotonicMs > 3000;
    },
    { timeoutMs: 20_000, what: 'no advance while it runs' },
  );
  const asked = performance.now();
  await frozen.stop();
  assert.ok(performance.now() - asked < 6000, 'a tool that gets nothing is not waited for long');
  const packets = await readPackets(join(frozen.record.directory, 'capture.mp4'));
  assert.ok(packets.length > 10, 'what came before is there');
});
