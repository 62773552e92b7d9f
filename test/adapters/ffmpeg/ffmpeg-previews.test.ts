import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { SystemClock } from '../../../nodes/adapters/clock/system-clock.ts';
import { FfmpegPreviews } from '../../../nodes/adapters/ffmpeg/ffmpeg-previews.ts';
import type { Camera } from '../../../nodes/core/camera/camera.ts';
import { CameraRegistry } from '../../../nodes/core/camera/camera-registry.ts';
import { startRtspCamera } from '../../fixtures/rtsp-camera.ts';
import { captureBench, makeCamera } from '../../fixtures/tools/capture-bench.ts';
import { until } from '../../fixtures/until.ts';

function previewsOf(t: TestContext, cameras: Camera[], directories: Map<string, string> = new Map()) {
  const registry = new CameraRegistry();
  for (const camera of cameras) registry.add(camera);
  const clock = new SystemClock();
  const silent = () => undefined;
  const previews = new FfmpegPreviews({
    cameras: registry,
    captureDirectory: (name) => directories.get(name),
    log: { debug: silent, info: silent, warn: silent, error: silent },
    clock,
    lingerMs: 500,
  });
  t.after(() => previews.close());
  return { previews, registry, directories };
}

/** FFmpeg processes that this test process started, by a word of their command line. */
function children(word: string): number[] {
  const pids = execFileSync('ps', ['-o', 'pid=', '--ppid', String(process.pid)], { encoding: 'utf8' });
  return pids
    .split('\n')
    .map(Number)
    .filter((pid) => {
      try {
        return pid > 0 && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word);
      } catch {
        return false;
      }
    });
}

const isJpeg = (bytes: Uint8Array) =>
  bytes[0] === 0xff && bytes[1] === 0xd8 && bytes.at(-1) === 0xd9 && bytes.length > 500;

test('any number of lookers share one process, five pictures a second', async (t) => {
  const { previews } = previewsOf(t, [makeCamera()]);
  const seen = [0, 0, 0];
  const disposes = seen.map((_, index) =>
    previews.watch('test', (jpeg) => {
      if (isJpeg(jpeg)) seen[index] = (seen[index] ?? 0) + 1;
    }),
  );
  await until(() => seen.every((count) => count >= 10), { timeoutMs: 15_000, what: 'ten pictures for each' });
  assert.equal(children('image2pipe').length, 1);
  assert.ok(isJpeg(await previews.still('id-test')), 'by id as well');
  for (const dispose of disposes) dispose();
  const counts = [...seen];
  await until(() => children('image2pipe').length === 0, {
    timeoutMs: 15_000,
    what: 'the process to end when nobody looks',
  });
  assert.deepEqual(seen, counts, 'nobody is shown anything any more');
});

test('while a camera is recorded: moving pictures from the file for who wants them, nothing for who wants one a second', async (t) => {
  const bench = await captureBench(t);
  const { previews, directories } = previewsOf(t, [makeCamera()]);
  const capture = await bench.begin();
  directories.set('test', capture.record.directory);
  await until(async () => (await capture.status()).mediaMs > 2500, { timeoutMs: 20_000, what: 'a capture that runs' });
  let slow = 0;
  t.after(previews.watch('test', () => void slow++, { everyMs: 1000 }));
  await until(() => slow >= 2, { timeoutMs: 15_000, what: 'the pictures of the capture' });
  assert.deepEqual(children('image2pipe'), [], 'nothing is decoded');
  const seen: number[] = [];
  const look = () => previews.watch('test', () => void seen.push(Date.now()));
  const lookers = [look(), look()];
  await until(() => seen.length > 60, { timeoutMs: 20_000, what: 'moving pictures' });
  assert.equal(children('image2pipe').length, 1, 'one process for all');
  const late = seen.slice(-32);
  const rate = (late.length / 2 - 1) / (((late.at(-1) ?? 0) - (late[0] ?? 0)) / 1000);
  assert.ok(rate > 5 && rate < 10, `${rate} pictures a second`);
  for (const dispose of lookers) dispose();
  await until(() => children('image2pipe').length === 0, { timeoutMs: 15_000, what: 'the process to end' });
  assert.equal((await capture.status()).isRunning, true);
  const before = slow;
  await until(() => slow > before, { timeoutMs: 5000, what: 'the pictures of the capture again' });
});

test('pictures come from the running capture, and from a process of their own when it has ended', async (t) => {
  const bench = await captureBench(t);
  const { previews, directories } = previewsOf(t, [makeCamera()]);
  const pictures: Uint8Array[] = [];
  // One a second: who wants them to move has a process of their own also while it is recorded.
  t.after(previews.watch('test', (jpeg) => void pictures.push(jpeg), { everyMs: 1000 }));
  await until(() => pictures.length > 2, { timeoutMs: 15_000, what: 'live pictures' });
  const capture = await bench.begin();
  directories.set('test', capture.record.directory);
  await until(() => children('image2pipe').length === 0, { what: 'the live process to give way' });
  pictures.length = 0;
  await until(() => pictures.length >= 2, { timeoutMs: 15_000, what: 'pictures of the capture' });
  assert.ok(pictures.every(isJpeg));
  directories.delete('test');
  await capture.stop();
  await until(() => children('image2pipe').length === 1, { timeoutMs: 10_000, what: 'a live process again' });
});

test('a device is let go at once when a recording wants it, and left alone after', async (t) => {
  const { previews } = previewsOf(t, [makeCamera()]);
  let count = 0;
  t.after(previews.watch('test', () => void count++));
  await until(() => count > 0, { timeoutMs: 15_000, what: 'a picture' });
  await previews.release('test');
  assert.deepEqual(children('image2pipe'), []);
  const before = count;
  await new Promise((resolve) => setTimeout(resolve, 800));
  assert.equal(count, before, 'no more pictures');
  assert.deepEqual(children('image2pipe'), []);
});

test('a camera with a password is shown without telling it', async (t) => {
  const camera = await startRtspCamera({ login: 'user:s3cret', size: '320x180', withAudio: [] });
  t.after(() => camera.stop());
  const url = camera.url().replace('user:s3cret@', '');
  const source = { kind: 'rtsp', url, transport: 'tcp', timeoutMs: 5000 } as const;
  const good = makeCamera(source, { secret: { user: 'user', password: 's3cret' } });
  const bad = makeCamera(source, { id: 'bad', name: 'bad', secret: { user: 'user', password: 'wr0ng' } });
  const { previews } = previewsOf(t, [good, bad]);
  assert.ok(isJpeg(await previews.still('rtsp', 15_000)));
  for (const pid of children('image2pipe')) assert.doesNotMatch(readFileSync(`/proc/${pid}/cmdline`, 'utf8'), /s3cret/);
  await assert.rejects(previews.still('bad', 4000), (error: Error & { code: string }) => {
    assert.equal(error.code, 'PREVIEW_UNAVAILABLE');
    assert.match(error.message, /401 Unauthorized/);
    assert.doesNotMatch(error.message, /wr0ng/);
    return true;
  });
});

test('what can not be shown says so', async (t) => {
  const own = makeCamera({ kind: 'command', argv: ['tool'], outputs: [] });
  const { previews, directories } = previewsOf(t, [own, makeCamera({ kind: 'audio', system: 'alsa', device: 'hw:0' })]);
  await assert.rejects(previews.still('nobody'), { code: 'CAMERA_UNKNOWN', field: 'camera' });
  await assert.rejects(previews.still('audio'), /sound only/);
  assert.throws(() => previews.watch('command', () => undefined), /only while it records/);
  // A user's tool may write pictures of any name; the newest whole one is shown.
  const folder = await mkdtemp(join(tmpdir(), 'reelflow-preview-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'half.jpg'), Uint8Array.of(0xff, 0xd8, 1));
  await writeFile(join(folder, 'camera-1.jpeg'), Uint8Array.of(0xff, 0xd8, 1, 0xff, 0xd9));
  directories.set('command', folder);
  assert.deepEqual([...(await previews.still('command'))], [0xff, 0xd8, 1, 0xff, 0xd9]);
});
