import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { DiskFiles } from '../../../nodes/adapters/files/disk-files.ts';
import type { FileWork } from '../../../nodes/core/delivery/delivery-files.ts';
import { mountTmpfs } from '../../adapters/files/fixtures/mounts.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { until } from '../../fixtures/until.ts';
import { DeliveryBench } from './fixtures/delivery-bench.ts';

async function bench(t: TestContext): Promise<DeliveryBench> {
  const made = new DeliveryBench(await temporaryFolder(t));
  t.after(() => made.close());
  return made;
}

const isState = (one: DeliveryBench, id: string, state: string) =>
  until(() => one.state(id) === state, { what: `${id} to be ${state}` });
const sha256 = async (path: string) =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

test('a recording is copied, verified, described, and reported', async (t) => {
  const one = (await bench(t)).boot();
  one.attach({ nameTemplate: '{{series}}/{{title}}' });
  const recording = await one.record('r1', [700_000, 5]);
  one.service.deliver('deliver-1', 'r1');
  assert.equal(one.progress[0]?.state, 'waiting');
  await isState(one, 'r1', 'delivered');
  const { delivery, tracks } = one.book.need('r1');
  const folder = join(one.target, 'Physics I');
  assert.deepEqual(delivery?.paths, [
    join(folder, 'Physics - camera-1.mp4'),
    join(folder, 'Physics - camera-2.mp4'),
    join(folder, 'Physics.json'),
  ]);
  assert.deepEqual(tracks, recording.tracks, 'a copy leaves the tracks where they are');
  const sidecar = JSON.parse(await readFile(join(folder, 'Physics.json'), 'utf8'));
  for (const [index, track] of recording.tracks.entries()) {
    const sum = await sha256(track.path);
    assert.equal(await sha256(delivery?.paths?.[index] ?? ''), sum);
    assert.equal(sidecar.tracks[index].sha256, sum);
  }
  assert.equal(sidecar.tracks[0].file, 'Physics - camera-1.mp4');
  assert.equal(sidecar.agent, 'hall-1');
  await until(() => one.heard.length === 1, { what: 'the report' });
  assert.deepEqual([one.heard[0]?.id, one.heard[0]?.state], ['r1', 'delivered']);
  assert.equal(delivery?.bytesDone, 700_005);
  assert.deepEqual([...new Set(one.progress.map(({ state }) => state))], ['waiting', 'copying', 'verifying']);
  assert.deepEqual(one.service.progress(), []);
  assert.deepEqual(one.alarms.list(), []);
});

test('accepted twice is delivered once', async (t) => {
  const one = (await bench(t)).boot();
  one.attach();
  await one.record('r1');
  one.service.deliver('deliver-1', 'r1');
  one.service.deliver('deliver-1', 'r1');
  await isState(one, 'r1', 'delivered');
  await until(() => one.heard.length === 1, { what: 'the report' });
  one.service.deliver('deliver-1', 'r1');
  assert.equal(one.jobs.list({}).length, 1);
  assert.deepEqual(await one.delivered(), ['Physics.json', 'Physics.mp4']);
});

test('a message may name another folder, name and mode', async (t) => {
  const one = (await bench(t)).boot();
  one.attach();
  await one.record('r1');
  const folder = join(one.folder, 'elsewhere');
  one.service.deliver('deliver-1', 'r1', { folder, nameTemplate: 'a/{{id}}' });
  await isState(one, 'r1', 'delivered');
  assert.equal((await stat(join(folder, 'a', 'r1.mp4'))).size, 300_000);
  assert.throws(() => one.service.deliver('deliver-1', 'r1', { nameTemplate: '{{no}}' }), {
    code: 'NAME_TEMPLATE_INVALID',
  });
  assert.throws(() => one.service.deliver('deliver-1', 'nobody'), { code: 'RECORDING_UNKNOWN' });
  assert.throws(() => one.service.deliver('nobody', 'r1'), { code: 'DELIVERY_UNKNOWN' });
});

test('what has the name is never replaced; each recording gets one of its own', async (t) => {
  const one = (await bench(t)).boot();
  await mkdir(one.target);
  await writeFile(join(one.target, 'Physics.mp4'), 'not ours');
  one.attach();
  for (const id of ['r1', 'r2', 'r3']) {
    await one.record(id);
    one.service.deliver('deliver-1', id);
  }
  for (const id of ['r1', 'r2', 'r3']) await isState(one, id, 'delivered');
  assert.equal(await readFile(join(one.target, 'Physics.mp4'), 'utf8'), 'not ours');
  const names = [2, 3, 4].flatMap((n) => [`Physics (${n}).json`, `Physics (${n}).mp4`]);
  assert.deepEqual(await one.delivered(), [...names, 'Physics.mp4']);
  for (const id of ['r1', 'r2', 'r3']) {
    const { tracks, delivery } = one.book.need(id);
    assert.equal(await sha256(delivery?.paths?.[0] ?? ''), await sha256(tracks[0]?.path ?? ''));
  }
});

test('a move removes the sources after verification; the recording says where its files are', async (t) => {
  const one = (await bench(t)).boot();
  one.attach({ mode: 'move' });
  const recording = await one.record('r1', [1000, 2000]);
  const sums = await Promise.all(recording.tracks.map(({ path }) => sha256(path)));
  one.service.deliver('deliver-1', 'r1');
  await until(() => one.heard.length === 1, { what: 'the delivery' });
  const { tracks } = one.book.need('r1');
  assert.deepEqual(
    tracks.map(({ path }) => path),
    [join(one.target, 'Physics - camera-1.mp4'), join(one.target, 'Physics - camera-2.mp4')],
  );
  assert.deepEqual(await Promise.all(tracks.map(({ path }) => sha256(path))), sums);
  for (const { path } of recording.tracks) await assert.rejects(stat(path), { code: 'ENOENT' });
});

test('two nodes deliver one recording: the sources go after the last, and only then it is delivered', async (t) => {
  const one = (await bench(t)).boot();
  const second = join(one.folder, 'second');
  one.attach({ mode: 'move' });
  one.attach({ deliverId: 'deliver-2', folder: second, check: 'exists' });
  const recording = await one.record('r1');
  one.service.deliver('deliver-1', 'r1');
  one.service.deliver('deliver-2', 'r1');
  await until(() => one.heard.length === 1, { what: 'the first' });
  assert.equal(one.heard[0]?.state, 'delivered');
  assert.notEqual(one.state('r1'), 'delivered');
  await stat(recording.tracks[0]?.path ?? '');
  await mkdir(second);
  await isState(one, 'r1', 'delivered');
  await until(() => one.heard.length === 2, { what: 'the second' });
  assert.deepEqual(
    [(await stat(join(one.target, 'Physics.mp4'))).size, (await stat(join(second, 'Physics.mp4'))).size],
    [300_000, 300_000],
  );
  await assert.rejects(stat(recording.tracks[0]?.path ?? ''), { code: 'ENOENT' });
});

/** Fails the first checksums of delivered files, as a bad cable would. */
class BadCable extends DiskFiles {
  bad = 2;
  override async checksum(path: string, work: FileWork): Promise<string> {
    const right = await super.checksum(path, work);
    if (!path.endsWith('.partial') || this.bad === 0) return right;
    this.bad -= 1;
    return right.replace(/^./, (first) => (first === '0' ? '1' : '0'));
  }
}

test('what reads back differently is copied anew, and no source is removed before it is right', async (t) => {
  const one = await bench(t);
  one.files = new BadCable();
  one.boot();
  one.attach({ mode: 'move' });
  const recording = await one.record('r1');
  const sum = await sha256(recording.tracks[0]?.path ?? '');
  one.service.deliver('deliver-1', 'r1');
  await until(() => one.alarms.list()[0]?.code === 'CHECKSUM_MISMATCH', { what: 'the alarm', everyMs: 2 });
  assert.equal(await sha256(recording.tracks[0]?.path ?? ''), sum);
  await isState(one, 'r1', 'delivered');
  assert.equal(await sha256(join(one.target, 'Physics.mp4')), sum);
  await until(() => one.alarms.list().length === 0, { what: 'the alarm to be over' });
});

test('a target that is missing is tried until it is there; one alarm stands for all meanwhile', async (t) => {
  const one = (await bench(t)).boot();
  one.attach({ check: 'exists' });
  for (const id of ['r1', 'r2']) {
    await one.record(id);
    one.service.deliver('deliver-1', id);
  }
  await until(() => /2 recordings can not be delivered/.test(one.alarms.list()[0]?.message ?? ''), {
    what: 'the alarm',
  });
  assert.deepEqual(
    one.alarms.list().map(({ key, code }) => [key, code]),
    [['delivery-failing:deliver-1', 'TARGET_MISSING']],
  );
  await until(() => (one.book.need('r1').delivery?.attempts ?? 0) >= 2, { what: 'more attempts' });
  await until(() => one.book.need('r1').delivery?.lastError?.code === 'TARGET_MISSING', {
    what: 'the reason',
    everyMs: 3,
  });
  assert.equal(one.state('r1'), 'delivering');
  assert.deepEqual(
    one.service.progress().map(({ state }) => state),
    ['retrying', 'retrying'],
  );
  await mkdir(one.target);
  for (const id of ['r1', 'r2']) await isState(one, id, 'delivered');
  await until(() => one.alarms.list().length === 0, { what: 'the alarm to be over' });
  assert.equal(one.book.need('r1').delivery?.lastError, undefined);
});

test('a full target is not filled further, and delivered to when there is room', async (t) => {
  const one = (await bench(t)).boot();
  const share = mountTmpfs(t, '4m');
  await writeFile(join(share.folder, 'other'), Buffer.alloc(2 * 1024 * 1024));
  one.attach({ folder: share.folder, check: 'mounted' });
  await one.record('r1', [2 * 1024 * 1024]);
  one.service.deliver('deliver-1', 'r1');
  await until(() => one.alarms.list()[0]?.code === 'TARGET_FULL', { what: 'the alarm' });
  assert.match(one.alarms.list()[0]?.message ?? '', /3\.1 MB are needed, 2\.1 MB are free/);
  await rm(join(share.folder, 'other'));
  await isState(one, 'r1', 'delivered');
});

test('a target that becomes read-only and one that is unplugged: delivered when it is back', async (t) => {
  const one = (await bench(t)).boot();
  const share = mountTmpfs(t, '4m');
  const folder = join(share.folder, 'in');
  await mkdir(folder);
  share.remount('ro');
  one.attach({ folder, check: 'exists' });
  await one.record('r1');
  one.service.deliver('deliver-1', 'r1');
  await until(() => one.alarms.list()[0]?.code === 'TARGET_READ_ONLY', { what: 'the alarm' });
  share.unmount();
  await until(() => one.alarms.list()[0]?.code === 'TARGET_MISSING', { what: 'the alarm' });
  await mkdir(folder);
  await isState(one, 'r1', 'delivered');
  await rm(folder, { recursive: true });
});

test('a source that is gone is said, and delivered when its disk is back', async (t) => {
  const one = (await bench(t)).boot();
  one.attach();
  const recording = await one.record('r1');
  const path = recording.tracks[0]?.path ?? '';
  const bytes = await readFile(path);
  await rm(path);
  one.service.deliver('deliver-1', 'r1');
  await until(() => one.alarms.list()[0]?.code === 'SOURCE_MISSING', { what: 'the alarm' });
  // A new attempt takes the error away for a moment.
  await until(() => one.book.need('r1').delivery?.lastError?.code === 'SOURCE_MISSING', {
    what: 'the reason',
    everyMs: 3,
  });
  await writeFile(path, bytes);
  await isState(one, 'r1', 'delivered');
});

test('a share that hangs raises an alarm, and goes on when it answers', async (t) => {
  const one = await bench(t);
  const answer = Promise.withResolvers<void>();
  one.files = new (class extends DiskFiles {
    override async copy(source: string, target: string, work: FileWork): Promise<string> {
      await answer.promise;
      return super.copy(source, target, work);
    }
  })();
  one.boot({ hangMs: 100 });
  one.attach();
  await one.record('r1');
  one.service.deliver('deliver-1', 'r1');
  await until(() => one.alarms.list()[0]?.code === 'TARGET_HANGS', { what: 'the alarm' });
  answer.resolve();
  await isState(one, 'r1', 'delivered');
  await until(() => one.alarms.list().length === 0, { what: 'the alarm to be over' });
});

test('a deploy does not touch deliveries; what is done meanwhile is told afterwards', async (t) => {
  const one = (await bench(t)).boot({ graceMs: 20 });
  const detach = one.attach({ check: 'exists' });
  await one.record('r1');
  one.service.deliver('deliver-1', 'r1');
  await until(() => one.alarms.list().length === 1, { what: 'the alarm' });
  detach(false);
  await mkdir(one.target);
  await isState(one, 'r1', 'delivered');
  assert.deepEqual(one.heard, []);
  one.attach();
  await until(() => one.heard.length === 1, { what: 'the report' });
});

test('settings that are set right are used at once for what waits', async (t) => {
  const one = (await bench(t)).boot({ retry: { maxAttempts: Infinity, firstDelayMs: 3600_000, maxDelayMs: 3600_000 } });
  const detach = one.attach({ folder: join(one.folder, 'wrong'), check: 'exists' });
  await one.record('r1');
  one.service.deliver('deliver-1', 'r1');
  await until(() => one.alarms.list().length === 1, { what: 'the alarm' });
  await until(() => one.jobs.list({ states: ['retrying'] }).length === 1, { what: 'the job to wait' });
  detach(false);
  one.attach();
  await isState(one, 'r1', 'delivered');
  assert.equal(one.book.need('r1').delivery?.target, one.target);
});

test('a removed node gives up: no alarm, no attempts, recorded again; put back, it takes them up', async (t) => {
  const one = (await bench(t)).boot();
  const detach = one.attach({ check: 'exists' });
  await one.record('r1');
  one.service.deliver('deliver-1', 'r1');
  await until(() => one.alarms.list().length === 1, { what: 'the alarm' });
  detach(true);
  assert.equal(one.state('r1'), 'recorded');
  assert.deepEqual(one.alarms.list(), []);
  assert.deepEqual(one.service.progress(), []);
  await mkdir(one.target);
  await delay(150);
  assert.deepEqual(await one.delivered(), []);
  one.attach();
  await isState(one, 'r1', 'delivered');
});

test('a recording that is removed is no longer waited for', async (t) => {
  const one = (await bench(t)).boot();
  one.attach({ check: 'exists' });
  const recording = await one.record('r1');
  one.service.deliver('deliver-1', 'r1');
  await until(() => one.alarms.list().length === 1, { what: 'the alarm' });
  one.book.remove(recording);
  assert.deepEqual(one.alarms.list(), []);
  assert.deepEqual(one.jobs.list({ states: ['queued', 'retrying', 'active'] }), []);
});

test('after a restart orders wait for their node and go on; without it they go on by themselves', async (t) => {
  const one = (await bench(t)).boot();
  one.attach({ check: 'exists' });
  await one.record('r1');
  one.service.deliver('deliver-1', 'r1');
  await until(() => one.state('r1') === 'delivering', { what: 'the attempt' });
  await one.close();
  await mkdir(one.target);

  one.boot();
  await delay(100);
  assert.equal(one.state('r1'), 'delivering', 'the node may have other settings by now');
  await one.close();
  one.boot({ graceMs: 50 });
  await isState(one, 'r1', 'delivered');
  assert.deepEqual(await one.delivered(), ['Physics.json', 'Physics.mp4']);
});

test('a recording whose job is lost is taken up when its node attaches', async (t) => {
  const one = (await bench(t)).boot();
  await one.record('r1', [1000], {
    state: 'delivering',
    delivery: { deliverId: 'deliver-1', target: one.target, bytesDone: 0, bytesTotal: 1000, attempts: 0 },
  });
  await one.record('r2', [1000]);
  one.attach();
  await isState(one, 'r1', 'delivered');
  assert.equal(one.state('r2'), 'recorded', 'nobody asked for that one');
});

test('a process that ended between the report and the clearing up: the rest is done', async (t) => {
  const one = await bench(t);
  let isGone = false;
  const ended = Promise.withResolvers<void>();
  one.files = new (class extends DiskFiles {
    override removeSource(path: string): Promise<void> {
      if (isGone) return super.removeSource(path);
      // Does not come back, as if the process had ended here.
      return ended.promise;
    }
  })();
  one.boot();
  one.attach({ mode: 'move' });
  const { tracks } = await one.record('r1');
  one.service.deliver('deliver-1', 'r1');
  await isState(one, 'r1', 'delivered');
  await stat(tracks[0]?.path ?? '');
  isGone = true;
  const left = one.service;
  one.boot();
  one.attach({ mode: 'move' });
  await until(() => one.heard.length === 1, { what: 'the report' });
  await assert.rejects(stat(tracks[0]?.path ?? ''), { code: 'ENOENT' });
  assert.deepEqual(await one.delivered(), ['Physics.json', 'Physics.mp4']);
  ended.resolve();
  await left.close();
});
