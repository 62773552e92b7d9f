import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readToolLog } from '../../../nodes/adapters/ffmpeg/tool-log.ts';
import type { CaptureProcess, CaptureStatus } from '../../../nodes/core/recording/capture.ts';
import { isAlive } from '../../fixtures/child-processes.ts';
import { captureBench, makeCamera, shippedProfile, testSource } from '../../fixtures/tools/capture-bench.ts';
import { readPackets } from '../../fixtures/tools/media.ts';
import { until } from '../../fixtures/until.ts';

/** Waits until so much media is in the file. */
function recorded(capture: CaptureProcess, mediaMs: number): Promise<CaptureStatus> {
  return until(
    async () => {
      const status = await capture.status();
      return status.mediaMs >= mediaMs && status;
    },
    { timeoutMs: 20_000, what: `${mediaMs} ms in the captured file` },
  );
}

test('a capture records, shows pictures, measures sound and says when it began', async (t) => {
  const bench = await captureBench(t);
  const before = bench.clock.now();
  const capture = await bench.begin();
  assert.ok(isAlive(capture.record.pid));
  const status = await until(
    async () => {
      const now = await capture.status();
      return now.mediaMs > 3000 && now.levelDbfs !== undefined && now.luma !== undefined && now;
    },
    { timeoutMs: 20_000, what: 'all figures of the capture' },
  );
  assert.equal(status.isRunning, true);
  assert.ok(Math.abs((status.framesPerSecond ?? 0) - 25) < 0.5, `${status.framesPerSecond} pictures a second`);
  assert.ok((status.luma ?? 0) > 60 && (status.luma ?? 0) < 200, `luma ${status.luma}`);
  const level = status.levelDbfs ?? 0;
  assert.ok(level === -120 || (level > -30 && level < -10), `${level} dBFS: a beep or the silence between two`);
  const offset = status.offsetMs ?? 0;
  assert.ok(offset >= before && offset < before + 3000, 'media began after the start');
  assert.ok(Math.abs(bench.clock.now() - offset - status.mediaMs) < 4000, 'and is not far behind');
  assert.ok(bench.clock.monotonicMs() - (status.lastAdvanceMonotonicMs ?? 0) < 2000);
  const preview = await readFile(join(capture.record.directory, 'preview.jpg'));
  assert.equal(preview.readUInt16BE(0), 0xffd8);
  const exit = await capture.stop();
  assert.deepEqual([exit.wasRequested, exit.signal, exit.lastLines], [true, null, []]);
  assert.equal((await capture.status()).isRunning, false);
  assert.ok(!isAlive(capture.record.pid));
  const packets = await readPackets(join(capture.record.directory, 'capture.mp4'));
  assert.ok(packets.some(({ track }) => track === 'audio') && packets.some(({ track }) => track === 'video'));
});

test('stopping twice is once, and looking at a stopped capture works', async (t) => {
  const bench = await captureBench(t);
  const capture = await bench.begin();
  await recorded(capture, 500);
  const [one, other] = await Promise.all([capture.stop(), capture.stop()]);
  assert.equal(one, other);
  const left = await bench.engine.inspect(capture.record);
  assert.equal(left.isRunning, false);
  assert.ok(left.mediaMs >= 500 && left.sizeBytes > 0 && left.offsetMs !== undefined);
  assert.equal(await bench.engine.adopt(capture.record), undefined);
});

test('kill -9 of the tool leaves a file that is readable to within a second', async (t) => {
  const bench = await captureBench(t);
  const capture = await bench.begin(makeCamera(testSource, { profile: shippedProfile('h264-720p') }));
  const before = await recorded(capture, 2500);
  process.kill(capture.record.pid, 'SIGKILL');
  const exit = await capture.exited;
  assert.deepEqual([exit.exitCode, exit.signal, exit.wasRequested], [null, 'SIGKILL', false]);
  const after = await capture.status();
  assert.equal(after.isRunning, false);
  assert.ok(after.mediaMs >= before.mediaMs);
  const packets = await readPackets(join(capture.record.directory, 'capture.mp4'));
  const last = Math.max(...packets.filter(({ track }) => track === 'video').map(({ ptsMs }) => ptsMs));
  const recordedUntil = (after.offsetMs ?? 0) + last;
  // The encoder looks ahead by most of a second, so the last picture in the file is older than the kill.
  assert.ok(bench.clock.now() - recordedUntil < 3000, `${bench.clock.now() - recordedUntil} ms are missing`);
  assert.ok(last + 1000 >= before.mediaMs);
});

test('the guard ends a capture whose owner never came back', async (t) => {
  const bench = await captureBench(t);
  const capture = await bench.begin(makeCamera(), { guardMs: 1500 });
  const exit = await capture.exited;
  assert.deepEqual([exit.exitCode, exit.wasRequested], [0, false]);
  const { mediaMs } = await capture.status();
  assert.ok(mediaMs > 1300 && mediaMs < 1800, `${mediaMs} ms`);
});

test('what is missing on the machine is said at once and by name', async (t) => {
  const bench = await captureBench(t);
  const begin = (source: Parameters<typeof makeCamera>[0], more = {}) => bench.begin(makeCamera(source, more));
  await assert.rejects(begin({ kind: 'v4l2', device: '/dev/video77' }), (error: Error & { code: string }) => {
    assert.equal(error.code, 'DEVICE_MISSING');
    assert.match(error.message, /\/dev\/video77 is not there/);
    return true;
  });
  await assert.rejects(begin({ kind: 'file', path: '/nowhere.mp4', isLooped: false }), { code: 'SOURCE_MISSING' });
  await assert.rejects(begin({ kind: 'command', argv: ['/no/such/tool'], outputs: [] }), { code: 'TOOL_MISSING' });
  await assert.rejects(
    begin(testSource, { profile: shippedProfile('h264-nvenc-1080p') }),
    (error: Error & { code: string }) => {
      assert.equal(error.code, 'ENCODER_UNAVAILABLE');
      assert.match(error.message, /"h264-nvenc" does not work on this machine .*it has: copy, h264/);
      return true;
    },
  );
  const other = await captureBench(t, { toolPath: '/no/such/ffmpeg' });
  await assert.rejects(other.begin(), { code: 'TOOL_MISSING' });
});

test('a source that can not be opened ends the capture, and its log says why', async (t) => {
  const bench = await captureBench(t);
  const url = 'rtsp://127.0.0.1:1/none';
  const capture = await bench.begin(
    makeCamera(
      { kind: 'rtsp', url, transport: 'tcp', timeoutMs: 2000 },
      { secret: { user: 'admin', password: 'hunter2' } },
    ),
  );
  const exit = await capture.exited;
  assert.notEqual(exit.exitCode, 0);
  assert.match(exit.lastLines.join('\n'), /Connection refused/);
  assert.doesNotMatch(exit.lastLines.join('\n'), /hunter2/);
  const path = join(capture.record.directory, 'tool.log');
  assert.doesNotMatch(await readFile(path, 'utf8'), /hunter2/, 'nor in the file, once the tool is gone');
  assert.match(await readToolLog(path), /Connection refused/);
  assert.equal((await stat(path)).mode & 0o077, 0);
  assert.deepEqual(
    (await readdir(capture.record.directory)).filter((name) => name.startsWith('.input')),
    [],
  );
});

test('an audio source has no picture and no preview', async (t) => {
  const bench = await captureBench(t);
  const capture = await bench.begin(makeCamera(testSource, { profile: shippedProfile('audio') }));
  const status = await recorded(capture, 1500);
  assert.ok(status.offsetMs !== undefined && status.luma === undefined && status.framesPerSecond === undefined);
  await capture.stop();
  assert.ok(!(await readdir(capture.record.directory)).includes('preview.jpg'));
});
