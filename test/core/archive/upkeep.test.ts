import assert from 'node:assert/strict';
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { S3Bucket } from '../../../nodes/adapters/s3/s3-bucket.ts';
import type { S3Place } from '../../../nodes/core/s3/s3-place.ts';
import { framesPerSecond } from '../../fixtures/live-hls.ts';
import { type SwiftS3, startSwiftS3 } from '../../fixtures/swift-s3.ts';
import { until } from '../../fixtures/until.ts';
import type { ArchiveBench } from './fixtures/archive-bench.ts';
import { archiveWithSource } from './fixtures/archive-with-source.ts';

const chunkMs = 4000;
const state = 'complete' as const;

let swift: SwiftS3;
let buckets = 0;

before(async () => {
  swift = await startSwiftS3();
});
after(() => swift?.stop());

const places = {
  'a folder': async () => undefined,
  'an object store': async () => {
    buckets += 1;
    return { ...(await swift.createBucket(`archive-${buckets}`)), prefix: 'studio/one' };
  },
};

/** A channel whose source has ended: what it had is stored, and stays to be had. */
async function endedChannel(t: TestContext, place: S3Place | undefined, names = ['news']) {
  const { live, bench, folder } = await archiveWithSource(t, 1, place);
  live.start({ listSize: 60 });
  await until(() => live.segmentCount() >= 9, { timeoutMs: 60_000, what: 'nine segments' });
  await live.kill();
  await bench.boot();
  for (const name of names) {
    await bench.archive.putChannel(name, { sourceUrls: [live.url], chunkMs, retentionMs: 3600_000 });
  }
  for (const name of names) await bench.stored(name, 2);
  return { live, bench, folder };
}

/** Nothing is under way any more. Where only the end of the last segment reaches into one more chunk, its job finds nothing. */
async function settled(bench: ArchiveBench): Promise<void> {
  await until(async () => (await bench.archive.jobs()).every(({ job }) => /completed|failed/.test(job.state)), {
    timeoutMs: 90_000,
    what: 'everything that the source had to be stored',
  });
}

// Each waits for a source that runs in real time.
describe('upkeep', { concurrency: 8 }, () => {
  for (const [where, place] of Object.entries(places)) {
    test(`in ${where}: verify finds what is gone, short or changed; it is captured again while the source has it`, async (t) => {
      const { bench } = await endedChannel(t, await place());
      const [first, second] = await bench.complete('news');
      const key = first?.objects[0]?.key ?? '';
      const original = await bench.object(key);
      const repaired = async (damage: (key: string) => Promise<void>, code: string) => {
        bench.events.length = 0;
        const keyNow = async () => (await bench.archive.chunk('news', first?.startMs ?? 0))?.objects[0]?.key ?? '';
        const damaged = await keyNow();
        await damage(damaged);
        await bench.archive.upkeep('verify', 'news');
        await until(() => bench.events.some((event) => event.kind === 'chunk' && event.chunk.reason?.code === code), {
          timeoutMs: 60_000,
          what: `verify to say ${code}`,
        });
        await until(async () => (await bench.archive.chunk('news', first?.startMs ?? 0))?.state === state, {
          timeoutMs: 90_000,
          what: 'the chunk to be captured again',
        });
        // Under a name of its own; the damaged one goes.
        assert.deepEqual(await bench.object(await keyNow()), original);
        await until(async () => !(await bench.keys()).includes(damaged), { what: 'the damaged object to go' });
      };
      await repaired((damaged) => bench.store.delete(damaged), 'OBJECT_MISSING');
      await repaired((damaged) => bench.putObject(damaged, original.subarray(0, 1000)), 'OBJECT_DAMAGED');
      // As long as it was, but not what it was.
      await repaired((damaged) => bench.putObject(damaged, Buffer.alloc(original.length, 7)), 'OBJECT_DAMAGED');
      assert.equal((await bench.archive.chunk('news', second?.startMs ?? 0))?.revision, second?.revision);
    });

    test(`in ${where}: cleanup removes what is old of its own channel only; locked ranges stay`, async (t) => {
      const { bench } = await endedChannel(t, await place(), ['news', 'scte35']);
      await settled(bench);
      const others = await bench.complete('scte35');
      const stored = await bench.complete('news');
      const [first, second] = stored;
      assert.ok(first && second);
      await bench.archive.lock('news', { startMs: second.startMs, endMs: second.startMs + 1 }, 'wanted');
      await bench.archive.putChannel('news', { retentionMs: chunkMs, sourceUrls: ['http://127.0.0.1:9/away.m3u8'] });
      // Lies in the store, in nobody's index.
      await bench.putObject('news/2020-01-01/2020-01-01T00:00:00Z--2020-01-01T00:00:04Z.mp4', Buffer.from('old'));
      const last = Math.max(...stored.map(({ endMs }) => endMs));
      await until(() => last + chunkMs < Date.now(), { timeoutMs: 30_000, what: 'all chunks to be old' });
      await bench.archive.upkeep('cleanup', 'news');
      await until(async () => (await bench.complete('news')).every(({ startMs }) => startMs === second.startMs), {
        timeoutMs: 60_000,
        what: 'the cleanup',
      });
      const expected = [...others.flatMap(({ objects }) => objects), ...second.objects].map(({ key }) => key).sort();
      await until(async () => (await bench.keys()).length === expected.length, {
        timeoutMs: 60_000,
        what: 'the files to go',
      });
      assert.deepEqual(await bench.keys(), expected);
      assert.deepEqual(await bench.complete('scte35'), others);
    });

    test(`in ${where}: the index is made anew from the store alone; what is broken there is left out`, async (t) => {
      const { bench, folder } = await endedChannel(t, await place());
      await settled(bench);
      const before = await bench.complete('news');
      const segments = await bench.archive.segments('news', { span: { startMs: 0, endMs: Date.now() + 60_000 } });
      await bench.shut();
      for (const suffix of ['', '-wal', '-shm']) await rm(join(folder, `archive.sqlite${suffix}`), { force: true });
      const sidecar = (before[0]?.objects[0]?.key ?? '').replace(/\.\w+$/, '.json');
      await bench.putObject(sidecar.replace('Z.json', 'Z.copy.json'), await bench.object(sidecar));
      await bench.putObject('news/2026-01-01T00:00:00Z.json', Buffer.from('no sidecar'));
      await bench.boot();
      await bench.archive.putChannel('news', {
        sourceUrls: ['http://127.0.0.1:9/away.m3u8'],
        chunkMs,
        retentionMs: 3600_000,
      });
      await bench.archive.upkeep('rebuild', 'news');
      const after = await bench.stored('news', before.length);
      const essence = (chunks: typeof before) => chunks.map(({ updatedAt: _when, ...chunk }) => chunk);
      assert.deepEqual(essence(after), essence(before));
      assert.deepEqual(
        await bench.archive.segments('news', { span: { startMs: 0, endMs: Date.now() + 60_000 } }),
        segments,
      );
    });
  }

  test('what is stored as it came but cannot be decoded is a hole to the segment; it is had again, and nothing else is touched', async (t) => {
    const { live, bench } = await archiveWithSource(t);
    live.start({ listSize: 60 });
    await until(() => live.segmentCount() >= 9, { timeoutMs: 60_000, what: 'nine segments' });
    await live.kill();
    const path = join(live.folder, 'r1-4.m4s');
    const good = await readFile(path);
    const bad = Buffer.from(good);
    // Behind the boxes that say what is in it: only a decoder sees it.
    for (let at = bad.length >> 1; at < bad.length - 100; at++) bad[at] = (bad[at] ?? 0) ^ 0x5a;
    await writeFile(path, bad);
    await bench.boot();
    await bench.archive.putChannel('news', { sourceUrls: [live.url], chunkMs, retentionMs: 3600_000 });
    await bench.stored('news', 2);
    await settled(bench);
    const before = await bench.complete('news');
    const verified = async (decodes: boolean) => {
      const id = await bench.archive.upkeep('verify', 'news', { decodes });
      return await until(
        async () =>
          (await bench.archive.upkeepJobs('news')).find(({ job }) => job.id === id && job.state === 'completed'),
        { timeoutMs: 60_000, what: 'verify' },
      );
    };
    await verified(false);
    assert.deepEqual(
      (await bench.complete('news')).map(({ isPartial, holes }) => ({ isPartial, holes })),
      before.map(({ isPartial, holes }) => ({ isPartial, holes })),
    );
    const { report } = await verified(true);
    assert.equal(report?.done, before.length);
    assert.equal(report?.total, before.length);
    assert.equal(report?.found, 1);
    assert.match(report?.log.join('\n') ?? '', /\(main\) cannot be decoded/);
    const holed = (await bench.complete('news')).find(({ holes }) => holes.some(({ code }) => code === 'UNDECODABLE'));
    const hole = holed?.holes.find(({ code }) => code === 'UNDECODABLE');
    assert.deepEqual(hole?.sequences, { first: 4, last: 4 });
    assert.equal(holed?.isPartial, true);
    const plays = await bench.archive.segments('news', { span: { startMs: 0, endMs: Date.now() } });
    assert.ok(
      plays.some(({ sequence }) => sequence === 4),
      'it is played as well as it can be',
    );
    const retried = async () => (await bench.archive.chunk('news', holed?.startMs ?? 0))?.attempts ?? 0;
    const attempts = holed?.attempts ?? 0;
    await until(async () => (await retried()) > attempts, { timeoutMs: 60_000, what: 'it to be asked for again' });
    assert.equal((await bench.archive.chunk('news', holed?.startMs ?? 0))?.revision, 1, 'the same again is not better');
    await writeFile(path, good);
    // However often it was asked in vain.
    await verified(true);
    const again = await until(
      async () =>
        (await bench.complete('news')).find(({ startMs, revision }) => startMs === holed?.startMs && revision === 2),
      { timeoutMs: 90_000, what: 'the chunk to be captured again' },
    );
    assert.ok(again.holes.every(({ code }) => code !== 'UNDECODABLE'));
    const segments = await bench.archive.segments('news', { span: { startMs: 0, endMs: Date.now() } });
    assert.deepEqual(
      segments.map(({ sequence }) => sequence),
      plays.map(({ sequence }) => sequence),
    );
    const { report: second } = await verified(true);
    assert.equal(second?.found, 0);
  });
});

test('an object store that goes away: what is captured waits, goes up when it is back, and nothing is lost', async (t) => {
  const { live, bench } = await archiveWithSource(t, 1, await swift.createBucket('away'));
  live.start({ listSize: 120 });
  await bench.boot();
  await bench.archive.putChannel('news', { sourceUrls: [live.url], chunkMs, retentionMs: 3600_000 });
  const [first] = await bench.stored('news', 1);
  await swift.goAway();
  const alarms = () => bench.alarms.list().map(({ code }) => code);
  await until(() => alarms().includes('STORE_UNREACHABLE'), { timeoutMs: 60_000, what: 'the store to be missed' });
  const waiting = await until(
    async () => (await bench.archive.chunks('news')).find((chunk) => chunk.state === 'uploading'),
    { timeoutMs: 60_000, what: 'a chunk to wait' },
  );
  assert.ok(waiting.startMs > (first?.startMs ?? 0));
  assert.ok((await bench.spooled()).some((path) => path.includes(`/${waiting.startMs}/`)));
  await swift.comeBack();
  await until(async () => (await bench.archive.chunk('news', waiting.startMs))?.state === state, {
    timeoutMs: 120_000,
    what: 'the chunk to be stored',
  });
  await until(() => !alarms().includes('STORE_UNREACHABLE'), { timeoutMs: 60_000, what: 'the alarm to end' });
  const chunks = await bench.complete('news');
  assert.deepEqual(
    chunks.flatMap(({ holes }) => holes).filter(({ code }) => code !== 'BEFORE_WINDOW'),
    [],
  );
  const abort = AbortSignal.timeout(30_000);
  assert.equal(await bench.store.removeUnfinished('', Date.now() + 3600_000, abort), 0);
});

test('a channel that moves to an object store: older chunks stay where they are, and are read from there', async (t) => {
  const { live, bench } = await archiveWithSource(t);
  live.start({ listSize: 120 });
  await bench.boot();
  const change = { sourceUrls: [live.url], chunkMs, retentionMs: 3600_000 };
  await bench.archive.putChannel('news', change);
  const [inFolder] = await bench.stored('news', 1);
  const place = await swift.createBucket('moved');
  await bench.archive.putChannel('news', change, { ...place, id: 'channel-news' });
  const moved = await until(
    async () => (await bench.complete('news')).find(({ storeId }) => storeId === 'channel-news'),
    { timeoutMs: 90_000, what: 'a chunk in the object store' },
  );
  const bucket = new S3Bucket(place);
  t.after(() => bucket.close());
  const key = moved.objects[0]?.key ?? '';
  assert.equal((await bucket.stat(key))?.sizeBytes, moved.objects[0]?.sizeBytes);
  assert.ok((await bench.keys()).includes(inFolder?.objects[0]?.key ?? ''));
  assert.ok(!(await bench.keys()).includes(key));
  await live.kill();
  const segments = await bench.archive.segments('news', { span: { startMs: 0, endMs: Date.now() + 60_000 } });
  assert.equal(await bench.frames('news'), segments.length * framesPerSecond);
});

test('a capture that was cut off in the middle goes on from what is whole', async (t) => {
  const { live, bench, folder } = await archiveWithSource(t);
  live.start({ listSize: 60 });
  await bench.boot();
  await bench.archive.putChannel('news', { sourceUrls: [live.url], chunkMs: 20_000, retentionMs: 3600_000 });
  const report = () => bench.events.findLast((event) => event.kind === 'progress')?.report;
  // Of a chunk that does not end while we look.
  const isInTheMiddle = () => {
    const { segmentCount = 0, chunkStartMs = 0 } = report() ?? {};
    return segmentCount >= 2 && chunkStartMs + 20_000 > Date.now() + 5000;
  };
  await until(isInTheMiddle, { timeoutMs: 60_000, what: 'some segments' });
  await bench.shut();
  const spooled = await bench.spooled();
  assert.ok(spooled.some((path) => path.endsWith('main.media')));
  for (const path of spooled) await appendFile(join(folder, 'archive-spool', path), '{"line":"segment","tra');
  const asked = live.requests.filter((name) => name.endsWith('.m4s'));
  await bench.boot();
  const [chunk] = await bench.stored('news', 1);
  const again = live.requests.filter((name) => name.endsWith('.m4s')).slice(asked.length);
  // What was whole is not asked for again.
  assert.deepEqual(
    again.filter((name) => asked.slice(0, -1).includes(name)),
    [],
  );
  assert.deepEqual(
    chunk?.holes.filter(({ code }) => code !== 'BEFORE_WINDOW'),
    [],
  );
  await until(async () => (await bench.spooled()).every((path) => !path.includes(String(chunk?.startMs))), {
    what: 'the spool to be empty',
  });
});

test('a store that is away: what is captured waits, and is stored when it is back', async (t) => {
  const { live, bench, folder } = await archiveWithSource(t);
  live.start();
  await writeFile(join(folder, 'archive'), 'no folder');
  await bench.boot();
  await bench.archive.putChannel('news', { sourceUrls: [live.url], chunkMs, retentionMs: 3600_000 });
  await until(async () => (await bench.archive.jobs()).some(({ report }) => report?.stages.s3_put === 'failed'), {
    timeoutMs: 60_000,
    what: 'the store to refuse a chunk',
  });
  const [waiting] = await bench.archive.chunks('news');
  assert.equal(waiting?.state, 'uploading');
  await rm(join(folder, 'archive'));
  const chunks = await bench.stored('news', 2);
  assert.equal(chunks[0]?.startMs, waiting?.startMs);
  assert.deepEqual(
    chunks.flatMap(({ holes }) => holes).filter(({ code }) => code !== 'BEFORE_WINDOW'),
    [],
  );
});

test('a job that is cancelled gives its chunk up; taken up again it is captured', async (t) => {
  const { live, bench } = await archiveWithSource(t);
  live.start({ listSize: 60 });
  await bench.boot();
  await bench.archive.putChannel('news', { sourceUrls: [live.url], chunkMs: 20_000, retentionMs: 3600_000 });
  const job = await until(async () => (await bench.archive.jobs()).find(({ report }) => report?.segmentCount)?.job, {
    timeoutMs: 60_000,
    what: 'a capture',
  });
  await bench.archive.cancelJob(job.id);
  const { startMs } = job.data;
  await until(async () => (await bench.archive.chunk('news', startMs))?.reason?.code === 'JOB_CANCELLED', {
    what: 'the chunk to be given up',
  });
  assert.deepEqual(
    (await bench.spooled()).filter((path) => path.includes(String(startMs))),
    [],
  );
  await bench.archive.retryJob(job.id);
  await until(async () => (await bench.archive.chunk('news', startMs))?.state === state, {
    timeoutMs: 60_000,
    what: 'the chunk to be captured after all',
  });
  await assert.rejects(bench.archive.job('nothing'), { code: 'JOB_UNKNOWN' });
});
