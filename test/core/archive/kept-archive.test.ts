import assert from 'node:assert/strict';
import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Chunk } from '../../../nodes/core/archive/chunk.ts';
import { chunkStem, objectKey, sidecarKey } from '../../../nodes/core/archive/chunk-key.ts';
import { keptArchive, minute, start } from './fixtures/kept-archive.ts';

const keysOf = (chunks: readonly Chunk[]) =>
  chunks
    .flatMap((chunk) => [...chunk.objects.map(({ key }) => key), sidecarKey(chunkStem(chunk.channel, chunk))])
    .sort();
const lockOf = ({ channel, startMs, endMs }: Chunk) => ({
  ...{ id: `lock-${startMs}`, channel, startMs, endMs, note: 'wanted', createdAt: 0 },
});

test('what is older than the retention goes, with all that is beside it; what is locked, newer, or of others stays', async (t) => {
  const { index, putChunk, keep, keys, minutes } = await keptArchive(t);
  const old = await putChunk(0);
  const locked = await putChunk(1);
  const newer = await putChunk(30);
  const other = await putChunk(0, { channel: 'news-2' });
  await index.addLock(lockOf(locked));
  const { found } = await keep({ kind: 'cleanup' });
  assert.equal(found, 1);
  assert.deepEqual(await keys(), keysOf([locked, newer, other]));
  assert.deepEqual(await minutes(), [
    [0, 'expired'],
    [1, 'complete'],
    [30, 'complete'],
  ]);
  assert.deepEqual(await index.segments('news', { span: old }), []);
  assert.deepEqual(await minutes('news-2'), [[0, 'complete']]);
});

test('what somebody locks, or captures better, while the cleanup is under way stays', async (t) => {
  const { index, store, putChunk, keep, keys, minutes } = await keptArchive(t);
  const [first, second, third] = [await putChunk(0), await putChunk(1), await putChunk(2)];
  const better: Chunk = { ...third, revision: 2 };
  const deleted: string[] = [];
  await keep(
    { kind: 'cleanup' },
    {
      delete: async (key) => {
        deleted.push(key);
        if (first.objects.some((object) => object.key === key)) {
          await index.addLock(lockOf(second));
          assert.equal(await index.replace(third, better), true);
        }
        await store.delete(key);
      },
    },
  );
  assert.deepEqual(await minutes(), [
    [0, 'expired'],
    [1, 'complete'],
    [2, 'complete'],
  ]);
  assert.deepEqual(await keys(), keysOf([second, better]));
  // Half removed it must not come back in a rebuild.
  assert.deepEqual(deleted, [sidecarKey(chunkStem('news', first)), first.objects[0]?.key]);
});

test('files of no chunk go when they are old; younger ones, locked ones, and those of chunks that are known stay', async (t) => {
  const { index, putChunk, putObject, keep, keys } = await keptArchive(t);
  const keyAt = (at: number, name = 'news') =>
    objectKey(
      chunkStem(name, { startMs: start + at * minute, endMs: start + (at + 1) * minute }),
      'main',
      'fmp4',
      true,
    );
  const known = await putChunk(2, { state: 'missing' });
  const locked = { ...known, startMs: start + 3 * minute, endMs: start + 4 * minute };
  await index.addLock(lockOf(locked));
  const stay = [keyAt(2), keyAt(3), keyAt(30), keyAt(0, 'news-2'), 'news/readme.txt'];
  for (const key of [keyAt(0), keyAt(1), ...stay]) await putObject(key);
  const { log } = await keep({ kind: 'cleanup' });
  assert.deepEqual(await keys(), [...stay].sort());
  assert.match(log.join('\n'), /2 files that belonged to no chunk removed/);
});

test('whole chunks that a lost index knows nothing of stay, with the word to rebuild it', async (t) => {
  const { index, putChunk, keep, keys, minutes } = await keptArchive(t);
  const old = await putChunk(0);
  await index.addLock(lockOf(old));
  const before = await keys();
  await index.remove('news', old.startMs);
  for (const { id } of await index.locks('news')) await index.removeLock('news', id);
  const { log } = await keep({ kind: 'cleanup' });
  assert.deepEqual(await keys(), before);
  assert.match(
    log.join('\n'),
    /1 old chunks in the store are unknown to the index, and stay: lock what is to be kept, then rebuild it/,
  );
  await keep({ kind: 'rebuild' });
  assert.deepEqual(await minutes(), [[0, 'complete']]);
  // Now it is known how old it is, and that nobody has locked it again.
  await keep({ kind: 'cleanup' });
  assert.deepEqual(await keys(), []);
});

test('chunks that are gone are forgotten after twice the retention, not before', async (t) => {
  const { putChunk, keep, minutes } = await keptArchive(t);
  for (const at of [-1, 0]) await putChunk(at, { state: 'expired' });
  await putChunk(-2, { state: 'missing' });
  await keep({ kind: 'cleanup' });
  assert.deepEqual(await minutes(), [[0, 'expired']]);
});

test('uploads of a day that never ended go, younger ones may still be under way', async (t) => {
  const { folder, clock, putChunk, keep } = await keptArchive(t);
  const kept = await putChunk(40);
  const path = join(folder, `${kept.objects[0]?.key}.partial`);
  const touched = async (hoursAgo: number) => {
    await writeFile(path, 'half');
    const at = new Date(clock.now() - hoursAgo * 60 * minute);
    await utimes(path, at, at);
    return (await keep({ kind: 'cleanup' })).log.some((line) => line.includes('1 uploads that never ended removed'));
  };
  assert.equal(await touched(23), false);
  assert.equal(await touched(25), true);
});

test('verify makes the file beside a chunk anew where it is gone; with it the index is made anew', async (t) => {
  const { index, store, putChunk, keep, keys, minutes } = await keptArchive(t);
  const chunks = [await putChunk(40), await putChunk(41)];
  const segments = await index.segments('news', { span: { startMs: start, endMs: start + 60 * minute } });
  const [sidecar = ''] = (await keys()).filter((key) => key.endsWith('.json'));
  await store.delete(sidecar);
  await keep({ kind: 'verify' });
  assert.deepEqual(await keys(), keysOf(chunks));
  for (const { startMs } of chunks) await index.remove('news', startMs);
  assert.equal((await keep({ kind: 'rebuild' })).found, 2);
  assert.deepEqual(await minutes(), [
    [40, 'complete'],
    [41, 'complete'],
  ]);
  assert.deepEqual(await index.segments('news', { span: { startMs: start, endMs: start + 60 * minute } }), segments);
});

test('what cannot be decoded is told, and asked for again however often that was in vain', async (t) => {
  const { index, putChunk, keep } = await keptArchive(t);
  const chunk = await putChunk(40, { attempts: 3 });
  const { found, log } = await keep({ kind: 'verify', decodes: true });
  assert.equal(found, 1);
  assert.match(log.join('\n'), /2026-11-21T10:40:00Z to 2026-11-21T10:41:00Z \(main\) cannot be decoded/);
  const { startMs, endMs } = chunk;
  const marked = await index.get('news', startMs);
  const hole = { startMs, endMs, track: 'main', code: 'UNDECODABLE', sequences: { first: 40, last: 40 } };
  assert.deepEqual([marked?.state, marked?.isPartial, marked?.attempts, marked?.holes], ['complete', true, 0, [hole]]);
});

test('rebuild leaves out what is short or gone in the store, and says so', async (t) => {
  const { index, store, putChunk, putObject, keep, minutes } = await keptArchive(t);
  const chunks = [await putChunk(40), await putChunk(41), await putChunk(42)];
  for (const { startMs } of chunks) await index.remove('news', startMs);
  const [gone = '', short = ''] = chunks.map(({ objects }) => objects[0]?.key);
  await store.delete(gone);
  await store.delete(short);
  await putObject(short.slice(0, -1)).catch(() => {});
  const { found, log } = await keep({ kind: 'rebuild' });
  assert.equal(found, 1);
  assert.deepEqual(await minutes(), [[42, 'complete']]);
  assert.equal(log.filter((line) => line.includes('left out')).length, 2);
});
