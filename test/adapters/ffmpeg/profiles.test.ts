import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { probeFile } from '../../../nodes/adapters/ffmpeg/ffprobe.ts';
import type { CameraSource, CaptureProfile } from '../../../nodes/core/camera/camera.ts';
import type { CaptureProcess } from '../../../nodes/core/recording/capture.ts';
import {
  type CaptureBench,
  captureBench,
  makeCamera,
  shippedProfile,
  testSource,
} from '../../fixtures/tools/capture-bench.ts';
import { ffmpeg, pattern, readPackets } from '../../fixtures/tools/media.ts';
import { until } from '../../fixtures/until.ts';

async function record(bench: CaptureBench, source: CameraSource, profile: CaptureProfile, mediaMs = 1500) {
  const capture = await bench.begin(makeCamera(source, { profile }));
  await enough(capture, mediaMs);
  await capture.stop();
  const [file] = await bench.assembler.assemble({
    pieces: [{ record: capture.record, offsetMs: 0 }],
    outputPath: join(bench.root, `${capture.record.id}.${profile.container}`),
    container: profile.container,
  });
  assert.ok(file);
  await ffmpeg('-xerror', '-i', file.path, '-f', 'null', '-');
  return { ...(await probeFile(file.path)), path: file.path, capture };
}

async function enough(capture: CaptureProcess, mediaMs: number) {
  await until(
    async () => {
      const status = await capture.status();
      if (!status.isRunning) throw new Error((await capture.exited).lastLines.join('\n'));
      return status.mediaMs > mediaMs;
    },
    { timeoutMs: 20_000, what: 'media' },
  );
}

const codecs = ({ tracks }: { tracks: { codec: string }[] }) => tracks.map(({ codec }) => codec);

test('software profiles record what they say, into their containers', async (t) => {
  const bench = await captureBench(t);
  assert.deepEqual(codecs(await record(bench, testSource, shippedProfile('archive'))), ['h264', 'flac']);
  const small: CaptureProfile = {
    ...shippedProfile('webm'),
    video: { ...shippedProfile('webm').video, width: 320, height: 180 },
  };
  assert.deepEqual(codecs(await record(bench, testSource, small)), ['vp9', 'opus']);
});

test('deinterlacing, crop, size, rate, overlay and key frames are what was asked for', async (t) => {
  const bench = await captureBench(t);
  const profile: CaptureProfile = {
    name: 'everything',
    video: {
      encoder: 'h264',
      bitRateKbps: 500,
      width: 160,
      frameRate: 10,
      keyFrameIntervalSeconds: 0.5,
      isDeinterlaced: true,
      crop: { width: 240, height: 180, x: 40, y: 0 },
      hasTimeOverlay: true,
    },
    audio: { encoder: 'none' },
    container: 'mp4',
  };
  const { tracks, path } = await record(bench, testSource, profile, 2000);
  assert.deepEqual(
    tracks.map(({ codec, width, height, framesPerSecond }) => [codec, width, height, Math.round(framesPerSecond ?? 0)]),
    [['h264', 160, 120, 10]],
  );
  const keys = (await readPackets(path)).filter(({ isKey }) => isKey).map(({ ptsMs }) => Math.round(ptsMs));
  assert.deepEqual(keys.slice(0, 4), [0, 500, 1000, 1500]);
});

test('frames keep their own times when they are encoded: a wrongly guessed rate loses none', async (t) => {
  const bench = await captureBench(t);
  const path = join(bench.root, 'uneven.mkv');
  // 25, then 50 pictures a second: whatever rate is guessed, half of it is wrong.
  const uneven = "testsrc2=size=320x180:rate=50:duration=3,select='lt(t,1.5)*not(mod(n,2))+gte(t,1.5)'";
  await ffmpeg(
    '-f',
    'lavfi',
    '-i',
    uneven,
    '-fps_mode',
    'passthrough',
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    path,
  );
  const wanted = (await readPackets(path)).length;
  const profile: CaptureProfile = {
    name: 'x',
    video: { encoder: 'h264' },
    audio: { encoder: 'none' },
    container: 'mp4',
  };
  const capture = await bench.begin(makeCamera({ kind: 'file', path, isLooped: false }, { profile }));
  assert.equal((await capture.exited).exitCode, 0);
  assert.equal((await readPackets(join(capture.record.directory, 'capture.mp4'))).length, wanted);
});

test('a looped file goes on without a jump in time, copied', async (t) => {
  const bench = await captureBench(t);
  const path = join(bench.root, 'loop it.mp4');
  await ffmpeg(...pattern(1), '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-c:a', 'aac', path);
  const { path: recorded } = await record(bench, { kind: 'file', path, isLooped: true }, shippedProfile('copy'), 3200);
  const video = (await readPackets(recorded)).filter(({ track }) => track === 'video').map(({ ptsMs }) => ptsMs);
  const sorted = video.sort((a, b) => a - b);
  const steps = sorted.slice(1).map((ptsMs, index) => ptsMs - (sorted[index] ?? 0));
  assert.ok(sorted.length > 75 && steps.every((step) => step > 5 && step < 80), `steps up to ${Math.max(...steps)} ms`);
});

test('sound is copied when MP4 can hold it, otherwise it becomes AAC', async (t) => {
  const bench = await captureBench(t);
  const profile: CaptureProfile = { ...shippedProfile('copy'), audio: { encoder: 'copy' } };
  const source = async (name: string, ...sound: string[]): Promise<CameraSource> => {
    const path = join(bench.root, name);
    await ffmpeg(...pattern(6), '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', ...sound, path);
    return { kind: 'file', path, isLooped: false };
  };
  const mulaw = await record(bench, await source('phone.mkv', '-c:a', 'pcm_mulaw', '-ar', '8000'), profile);
  assert.deepEqual(codecs(mulaw), ['h264', 'aac']);
  const stream = await record(bench, await source('stream.ts', '-c:a', 'aac'), profile);
  assert.deepEqual(codecs(stream), ['h264', 'aac']);
  const opus = await record(bench, await source('opus.mkv', '-c:a', 'libopus'), profile);
  assert.deepEqual(codecs(opus), ['h264', 'opus']);
});
