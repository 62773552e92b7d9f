import assert from 'node:assert/strict';
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { startRealRecorder, testCamera } from '../fixtures/real-recorder.ts';
import { until } from '../fixtures/until.ts';

const caller = { user: 'test', role: 'admin', via: 'http' } as const;

test('a disk that fills up: the capture ends cleanly before, an alarm stands, and what was recorded is finished', async () => {
  const dataRoot = await mkdtemp(join(tmpdir(), 'small-disk-'));
  await execa('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', dataRoot]);
  const recorder = await startRealRecorder([testCamera('hall')], { dataRoot });
  try {
    const { id } = recorder.service.start(undefined, { durationMs: 16_000 }, caller);
    await until(() => recorder.service.progress().some((one) => one.isCapturing && one.durationMs > 3000), {
      timeoutMs: 20_000,
      what: 'the first pictures',
    });
    const { bavail, bsize } = await statfs(dataRoot);
    const filler = join(dataRoot, 'filler');
    await writeFile(filler, Buffer.alloc(bavail * bsize - 7 * 1024 ** 2));
    await until(() => recorder.alarms.list().some((alarm) => alarm.code === 'DISK_FULL'), {
      timeoutMs: 15_000,
      what: 'the alarm',
    });
    await until(() => recorder.running().length === 0, { timeoutMs: 15_000, what: 'the capture to end' });
    const left = await statfs(dataRoot);
    assert.ok(left.bavail * left.bsize > 1024 ** 2, 'stopped before the disk was full');
    const recording = await recorder.finished(id, 30_000);
    assert.equal(recording.state, 'recorded', recording.error?.message);
    assert.match(recording.gaps.at(-1)?.reason ?? '', /disk is full/);
    const { stdout } = await execa('ffprobe', [
      '-v',
      'error',
      '-show_entries',
      'format=duration',
      '-of',
      'csv=p=0',
      recording.tracks[0]?.path ?? '',
    ]);
    assert.ok(Number(stdout) > 3);
    await rm(filler);
    await until(() => recorder.alarms.list().every((alarm) => alarm.code !== 'DISK_FULL'), {
      timeoutMs: 15_000,
      what: 'the alarm to be over',
    });
  } finally {
    await recorder.stop();
    await execa('umount', ['-l', dataRoot]);
    await rm(dataRoot, { recursive: true, force: true });
  }
});
