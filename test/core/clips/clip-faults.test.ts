import assert from 'node:assert/strict';
import { existsSync, readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { copyTogether } from '../../../nodes/adapters/clips/ffmpeg-copy.ts';
import type { Clip, ClipMaker, ClipWork } from '../../../nodes/core/clips/clip.ts';
import { mountTmpfs } from '../../adapters/files/fixtures/mounts.ts';
import { probeMedia } from '../../fixtures/probe-media.ts';
import { type SwiftS3, startSwiftS3 } from '../../fixtures/swift-s3.ts';
import { until } from '../../fixtures/until.ts';
import { type ClipBenchOptions, chunkMs, clipBench, endedClip, ownMethods, patience } from './fixtures/clip-bench.ts';

let swift: SwiftS3;
let buckets = 0;
before(async () => {
  swift = await startSwiftS3();
});
after(() => swift?.stop());

/** Clips of chunks in an object store; `held()` is settled when they have come to the third chunk of four, which does not come. */
async function onStore(t: TestContext, options: ClipBenchOptions = {}) {
  buckets += 1;
  const served = await clipBench(t, { s3: await swift.createBucket(`clips-${buckets}`), ...options });
  t.after(() => swift.drop());
  const { bench, clips, startMs } = served;
  const third = (await bench.complete('news'))[2]?.objects[0]?.key ?? '';
  // Its key begins with that; the one before it ends so.
  const stamp = `${new Date(startMs + 2 * chunkMs).toISOString().slice(11, 19)}Z--`;
  return {
    ...served,
    third,
    hold: () => swift.hold(stamp),
    halfway: async (...ids: string[]) => {
      const isHalfway = async (id: string) => {
        const { job, progress = 0 } = await clips.get(id);
        return job.state === 'active' && progress > 0.2 && progress < 1;
      };
      const areHalfway = async () => (await Promise.all(ids.map(isHalfway))).every(Boolean);
      await until(areHalfway, { ...patience, what: 'the clips to be half made' });
    },
  };
}

/** Waits until it is tried again, for a reason. */
async function waiting(get: () => Promise<Clip>): Promise<{ code: string; message: string }> {
  const isTold = async () => {
    const { job } = await get();
    return job.state === 'retrying' && job.error;
  };
  return await until(isTold, { ...patience, what: 'the clip to say why it waits' });
}

test('a store that goes away in the middle is waited for: the reason is told, and the clip is whole when it is back', async (t) => {
  const { clips, order, hold, halfway, finished } = await onStore(t);
  await hold();
  const { job } = await clips.order(order(0, 16));
  await halfway(job.id);
  await swift.goAway();
  const error = await waiting(() => clips.get(job.id));
  assert.equal(error.code, 'STORE_UNREACHABLE');
  assert.match(error.message, /does not answer/);
  await swift.comeBack();
  await finished(job.id);
  assert.equal((await probeMedia((await clips.file(job.id)).path)).video, 16 * 25);
});

test('chunks that the retention removes in the middle: refused with their time and why, or left out and listed; two at once', async (t) => {
  const { bench, clips, order, hold, halfway, finished, folder, startMs } = await onStore(t);
  await hold();
  const whole = await clips.order(order(0, 16));
  const rest = await clips.order(order(0, 16, { gap: 'skip' }));
  assert.notEqual(whole.job.id, rest.job.id);
  const again = await Promise.all([clips.order(order(0, 16)), clips.order(order(0, 16))]);
  assert.deepEqual(
    again.map(({ job }) => job.id),
    [whole.job.id, whole.job.id],
    'asked for again it is the same one',
  );
  await halfway(whole.job.id, rest.job.id);
  // Those that were read already.
  const retentionMs = Date.now() - (startMs + 2.5 * chunkMs);
  await bench.archive.putChannel('news', { retentionMs });
  await bench.archive.upkeep('cleanup', 'news');
  await until(async () => (await bench.complete('news')).length === 2, { ...patience, what: 'two chunks to go' });
  await swift.drop();
  const { job } = await endedClip(() => clips.get(whole.job.id));
  assert.deepEqual([job.state, job.error?.code], ['failed', 'RANGE_HAS_GAPS']);
  assert.match(job.error?.message ?? '', /\(main, EXPIRED\)/);
  const { result } = await finished(rest.job.id);
  assert.deepEqual(
    result?.gaps.map(({ code, startMs: from, endMs: to }) => [code, from - startMs, to - startMs]),
    [['EXPIRED', 0, 2 * chunkMs]],
  );
  assert.equal((await probeMedia((await clips.file(rest.job.id)).path)).video, 8 * 25);
  assert.deepEqual(readdirSync(folder).sort(), [`${rest.job.id}.json`, `${rest.job.id}.mp4`]);
});

test('an object that is gone behind our back is named, with what to do, and is not tried for ever', async (t) => {
  const { bench, clips, order, third } = await onStore(t);
  await bench.store.delete(third);
  const { job } = await clips.order(order(0, 16));
  const { job: ended } = await endedClip(() => clips.get(job.id));
  assert.deepEqual([ended.state, ended.error?.code, ended.attempts], ['failed', 'OBJECT_UNKNOWN', 1]);
  assert.ok(ended.error?.message.includes(third), ended.error?.message);
  assert.match(ended.error?.message ?? '', /verify the channel/);
});

test('cancelled in the middle nothing is left of it, and what else is made goes on', async (t) => {
  const { clips, order, hold, halfway, finished, folder } = await onStore(t);
  await hold();
  const [unwanted, wanted] = [await clips.order(order(0, 16)), await clips.order(order(1, 16))];
  await halfway(unwanted.job.id, wanted.job.id);
  assert.ok(existsSync(join(folder, `${unwanted.job.id}.work`)));
  await clips.remove(unwanted.job.id);
  await until(() => readdirSync(folder).join() === `${wanted.job.id}.work`, { what: 'its files to go' });
  await swift.drop();
  await finished(wanted.job.id);
  assert.deepEqual(
    (await clips.list()).map(({ job }) => job.id),
    [wanted.job.id],
  );
});

test('a disk that is full: told before it begins and in the middle, with what is missing; with room it is made', async (t) => {
  const disk = mountTmpfs(t, '100m');
  const { clips, order, hold, halfway, finished } = await onStore(t, { clipFolder: disk.folder });
  await hold();
  const { job } = await clips.order(order(0, 16));
  const before = await waiting(() => clips.get(job.id));
  assert.equal(before.code, 'DISK_FULL');
  assert.match(before.message, /needs 1 MB, and 525 MB that stay for recordings; \d+ MB are free\. Make room/);
  disk.remount('size=600m');
  await halfway(job.id);
  disk.remount('size=16k');
  await swift.drop();
  const full = () => clips.get(job.id).then(({ job: { error } }) => /full meanwhile/.test(error?.message ?? ''));
  await until(full, { ...patience, what: 'the clip to say that the disk is full' });
  assert.deepEqual(readdirSync(disk.folder), [], 'it takes no space while it waits');
  disk.remount('size=600m');
  await clips.retry(job.id);
  await finished(job.id);
  assert.equal((await probeMedia((await clips.file(job.id)).path)).video, 16 * 25);
});

test('a disk that is full when all but the end is written: it is no file either', async (t) => {
  const works: ClipWork[] = [];
  const maker = (own: ClipMaker): ClipMaker => ({
    ...ownMethods(own),
    make: async (work) => {
      works.push(work);
      return await own.make(work);
    },
  });
  const { clips, order, finished } = await clipBench(t, { maker });
  const { job } = await clips.order(order(0, 16));
  const { result } = await finished(job.id);
  const [work] = works;
  const [part] = work?.parts ?? [];
  assert.ok(work && part && result);
  const pageBytes = 4096;
  // Its index comes last, and then it is brought in front: a page less than that takes.
  const disk = mountTmpfs(t, String(Math.floor((result.sizeBytes - 1) / pageBytes) * pageBytes));
  const copying = copyTogether({
    ...{ inputs: part.inputs, outputPath: join(disk.folder, 'part.mp4'), read: work.read, onBytes: () => {} },
    ...{ abort: new AbortController().signal, toolPath: 'ffmpeg' },
  });
  await assert.rejects(copying, { code: 'ENOSPC' });
});

test('a chunk that is shorter than it was stored makes no clip that is too short', async (t) => {
  const { bench, clips, order } = await clipBench(t);
  const [, second] = await bench.complete('news');
  const [object] = second?.objects ?? [];
  truncateSync(join(bench.folder, 'archive', object?.key ?? ''), (object?.sizeBytes ?? 0) - 1);
  const { job } = await clips.order(order(0, 16));
  const { job: ended } = await endedClip(() => clips.get(job.id));
  assert.deepEqual([ended.state, ended.error?.code], ['failed', 'OBJECT_DAMAGED']);
  assert.match(ended.error?.message ?? '', /has less bytes than when it was stored; verify the channel/);
});
