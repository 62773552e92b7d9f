import assert from 'node:assert/strict';
import { mkdtemp, rm, rmdir, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { startOpencastCore } from '../fixtures/opencast-core.ts';
import {
  acceptedOf,
  alarmsOf,
  CoreSchedule,
  recordingIn,
  startHalls,
  statesOf,
  writeHalls,
} from '../fixtures/opencast-halls.ts';
import type { RunningStation } from '../fixtures/station.ts';
import { until } from '../fixtures/until.ts';

test('A36 little space: a warning before; full in mid recording: what there is is uploaded, and so are others', async () => {
  const core = await startOpencastCore();
  const schedule = new CoreSchedule(core);
  const dataRoot = await mkdtemp(join(tmpdir(), 'small-disk-'));
  await execa('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', dataRoot]);
  let station: RunningStation | undefined;
  try {
    await writeHalls(dataRoot, [{ name: 'disk', coreUrl: core.url, ingest: { rateMbit: 0.008 } }]);
    station = await startHalls(dataRoot);
    const running = station;
    const start = Math.ceil(Date.now() / 1000) + 12;
    const first = { uid: 'first', agent: 'disk', title: 'First', start, end: start + 10 };
    const second = { uid: 'second', agent: 'disk', title: 'Second', start: start + 14, end: start + 134 };
    await schedule.set(first, second);
    await station.api('/api/v1/schedule/refresh', { method: 'POST', headers: { 'content-type': 'application/json' } });
    const alarm = (code: string) =>
      until(async () => (await alarmsOf(running)).some((one) => one.code === code), { timeoutMs: 60_000, what: code });
    await alarm('DISK_SHORT');
    await recordingIn(station, 'second', 'recording', 60_000);
    await until(() => Date.now() / 1000 > second.start + 4, { timeoutMs: 20_000, what: 'some seconds of it' });
    assert.equal(acceptedOf(await core.state(), 'first').length, 0, 'the first is still being uploaded');
    const { bavail, bsize } = await statfs(dataRoot);
    const filler = join(dataRoot, 'filler');
    await writeFile(filler, Buffer.alloc(bavail * bsize - 7 * 1024 ** 2));
    await alarm('DISK_FULL');
    await until(async () => (await core.state()).agents['disk']?.state === 'error', {
      timeoutMs: 30_000,
      what: 'the agent in error',
    });
    await recordingIn(station, 'first', 'delivered', 60_000);
    await schedule.change('second', { end: Math.ceil(Date.now() / 1000) });
    await station.api('/api/v1/schedule/refresh', { method: 'POST', headers: { 'content-type': 'application/json' } });
    const cut = await recordingIn(station, 'second', 'delivering', 60_000);
    assert.equal(cut.isDegraded, true);
    assert.match(cut.gaps.at(-1)?.reason ?? '', /disk is full/);
    // Before it is delivered: then its files are the first to go where space is short.
    const args = ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', cut.tracks[0]?.path ?? ''];
    assert.ok(Number((await execa('ffprobe', args)).stdout) > 3, 'what there is can be played');
    await recordingIn(station, 'second', 'delivered', 60_000);
    assert.equal(acceptedOf(await core.state(), 'second')[0]?.config['degraded'], 'true');
    await until(async () => statesOf(await core.state(), 'second').at(-1) === 'upload_finished', {
      what: 'the states',
    });
    await rm(filler);
    await until(async () => (await core.state()).agents['disk']?.state === 'idle', {
      timeoutMs: 30_000,
      what: 'the agent to be idle',
    });
  } finally {
    await station?.stop();
    await execa('umount', ['-l', dataRoot]);
    await rmdir(dataRoot);
    await core.stop();
  }
});
