import assert from 'node:assert/strict';
import { appendFile, copyFile, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { until } from '../../fixtures/until.ts';
import { archiveWithSource } from './fixtures/archive-with-source.ts';

const chunkMs = 4000;
const state = 'complete' as const;

/** A channel whose source has ended: what it had is stored, and stays to be had. */
async function endedChannel(t: TestContext, names = ['news']) {
  const { live, bench, folder } = await archiveWithSource(t);
  live.start({ listSize: 60 });
  await until(() => live.segmentCount() >= 9, { timeoutMs: 60_000, what: 'nine segments' });
  await live.kill();
  await bench.boot();
  for (const name of names) {
    await bench.archive.putChannel(name, { sourceUrls: [live.url], chunkMs, retentionMs: 3600_000 });
  }
  for (const name of names) await bench.stored(name, 2);
  return { live, bench, folder, pathOf: (key: string) => join(folder, 'archive', key) };
}

test('verify finds what is gone, short or changed; it is captured again while the source has it', async (t) => {
  const { bench, pathOf } = await endedChannel(t);
  const [first, second] = await bench.complete('news');
  const key = first?.objects[0]?.key ?? '';
  const original = await readFile(pathOf(key));
  const repaired = async (damage: () => Promise<void>, code: string) => {
    bench.events.length = 0;
    await damage();
    await bench.archive.upkeep('verify', 'news');
    await until(() => bench.events.some((event) => event.kind === 'chunk' && event.chunk.reason?.code === code), {
      timeoutMs: 30_000,
      what: `verify to say ${code}`,
    });
    await until(async () => (await bench.archive.chunk('news', first?.startMs ?? 0))?.state === state, {
      timeoutMs: 60_000,
      what: 'the chunk to be captured again',
    });
    assert.deepEqual(await readFile(pathOf(key)), original);
  };
  await repaired(() => rm(pathOf(key)), 'OBJECT_MISSING');
  await repaired(() => truncate(pathOf(key), 1000), 'OBJECT_DAMAGED');
  // As long as it was, but not what it was.
  await repaired(() => writeFile(pathOf(key), Buffer.alloc(original.length, 7)), 'OBJECT_DAMAGED');
  assert.equal((await bench.archive.chunk('news', second?.startMs ?? 0))?.revision, second?.revision);
});

test('cleanup removes what is old of its own channel only; locked ranges stay', async (t) => {
  const { bench, pathOf } = await endedChannel(t, ['news', 'scte35']);
  // Where only the end of its last segment reaches into one more chunk, the job of that one finds nothing.
  await until(async () => (await bench.archive.jobs()).every(({ job }) => /completed|failed/.test(job.state)), {
    timeoutMs: 90_000,
    what: 'everything that the source had to be stored',
  });
  const others = await bench.complete('scte35');
  const stored = await bench.complete('news');
  const [first, second] = stored;
  assert.ok(first && second);
  await bench.archive.lock('news', { startMs: second.startMs, endMs: second.startMs + 1 }, 'wanted');
  await bench.archive.putChannel('news', { retentionMs: chunkMs, sourceUrls: ['http://127.0.0.1:9/away.m3u8'] });
  // Lies in the store, in nobody's index.
  const stray = 'news/2020-01-01/2020-01-01T00:00:00Z--2020-01-01T00:00:04Z.mp4';
  await mkdir(pathOf('news/2020-01-01'), { recursive: true });
  await writeFile(pathOf(stray), 'old');
  const last = Math.max(...stored.map(({ endMs }) => endMs));
  await until(() => last + chunkMs < Date.now(), { timeoutMs: 30_000, what: 'all chunks to be old' });
  await bench.archive.upkeep('cleanup', 'news');
  await until(async () => (await bench.complete('news')).every(({ startMs }) => startMs === second.startMs), {
    timeoutMs: 30_000,
    what: 'the cleanup',
  });
  const expected = [...others.flatMap(({ objects }) => objects), ...second.objects].map(({ key }) => key).sort();
  await until(async () => (await bench.keys()).length === expected.length, { what: 'the files to go' });
  assert.deepEqual(await bench.keys(), expected);
  assert.deepEqual(await bench.complete('scte35'), others);
});

test('the index is made anew from the store alone; what is broken there is left out', async (t) => {
  const { bench, folder, pathOf } = await endedChannel(t);
  const before = await bench.complete('news');
  const segments = await bench.archive.segments('news', { span: { startMs: 0, endMs: Date.now() + 60_000 } });
  await bench.shut();
  for (const suffix of ['', '-wal', '-shm']) await rm(join(folder, `archive.sqlite${suffix}`), { force: true });
  const sidecar = (before[0]?.objects[0]?.key ?? '').replace(/\.\w+$/, '.json');
  await copyFile(pathOf(sidecar), pathOf(sidecar.replace('Z.json', 'Z.copy.json')));
  await writeFile(pathOf('news/2026-01-01T00:00:00Z.json'), 'no sidecar');
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

test('a capture that was cut off in the middle goes on from what is whole', async (t) => {
  const { live, bench, folder } = await archiveWithSource(t);
  live.start({ listSize: 60 });
  await bench.boot();
  await bench.archive.putChannel('news', { sourceUrls: [live.url], chunkMs: 20_000, retentionMs: 3600_000 });
  const report = () => bench.events.findLast((event) => event.kind === 'progress')?.report;
  await until(() => (report()?.segmentCount ?? 0) >= 2, { timeoutMs: 60_000, what: 'some segments' });
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
