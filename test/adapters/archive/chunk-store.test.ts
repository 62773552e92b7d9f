import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { FolderChunkStore } from '../../../nodes/adapters/archive/folder-chunk-store.ts';
import { S3ChunkStore } from '../../../nodes/adapters/archive/s3-chunk-store.ts';
import type { ChunkStore, ObjectContent } from '../../../nodes/core/archive/chunk-store.ts';
import { Slots } from '../../../nodes/core/ingest/slots.ts';
import { type SwiftS3, startSwiftS3 } from '../../fixtures/swift-s3.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { until } from '../../fixtures/until.ts';

let swift: SwiftS3;
let buckets = 0;

before(async () => {
  swift = await startSwiftS3();
});
after(() => swift?.stop());

const never = new AbortController().signal;
const stores: Record<string, (t: TestContext) => Promise<ChunkStore>> = {
  folder: async (t) => new FolderChunkStore(join(await temporaryFolder(t), 'archive')),
  S3: async (t) => {
    buckets += 1;
    const place = await swift.createBucket(`contract-${buckets}`);
    const store = new S3ChunkStore({ ...place, prefix: 'studio/one' }, new Slots());
    t.after(() => store.close());
    return store;
  },
};

function content(bytes: Uint8Array, change: Partial<ObjectContent> = {}): ObjectContent {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { bytes: pieces(bytes), sizeBytes: bytes.length, sha256, mimeType: 'video/mp4', ...change };
}

/** Of lengths that are no part's and no buffer's. */
async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 70_001) yield bytes.subarray(at, at + 70_001);
}

async function* broken(): AsyncGenerator<Uint8Array> {
  yield randomBytes(1000);
  throw new Error('the disk is broken');
}

async function readAll(store: ChunkStore, key: string, start = 0, end?: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of await store.read(key, end === undefined ? { start } : { start, end }, never)) {
    parts.push(part);
  }
  return Buffer.concat(parts);
}

async function keysOf(store: ChunkStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix, never)) keys.push(key);
  return keys;
}

test('a folder has no file open for whom left before the first byte', async (t) => {
  const folder = await temporaryFolder(t);
  const store = new FolderChunkStore(folder);
  await store.put('news/a.mp4', content(randomBytes(1000)), { abort: never });
  const isOpen = async () => {
    const descriptors = await readdir('/proc/self/fd');
    const links = await Promise.all(descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
    return links.includes(join(folder, 'news/a.mp4'));
  };
  const leaving = new AbortController();
  await store.read('news/a.mp4', { start: 0 }, leaving.signal);
  assert.ok(await isOpen());
  leaving.abort();
  await until(async () => !(await isOpen()), { what: 'the file to be closed' });
  await store.read('news/a.mp4', { start: 0 }, AbortSignal.abort());
  await until(async () => !(await isOpen()), { what: 'the second one to be closed' });
});

for (const [name, open] of Object.entries(stores)) {
  describe(`a chunk store in ${name === 'S3' ? 'an object store' : 'a folder'}`, () => {
    const key = 'news/2026-11-21/2026-11-21T10:00:00Z--2026-11-21T10:05:00Z.mp4';

    test('gives back what it was given, whole and in ranges', async (t) => {
      const store = await open(t);
      const bytes = randomBytes(300_000);
      const progress: number[] = [];
      const stored = await store.put(key, content(bytes), { abort: never, onProgress: (done) => progress.push(done) });
      assert.deepEqual([stored.key, stored.sizeBytes], [key, bytes.length]);
      assert.equal(progress.at(-1), bytes.length);
      assert.equal((await store.stat(key))?.sizeBytes, bytes.length);
      assert.deepEqual(await readAll(store, key), bytes);
      assert.deepEqual(await readAll(store, key, 100_000, 100_010), bytes.subarray(100_000, 100_010));
      assert.deepEqual(await readAll(store, key, 299_990), bytes.subarray(299_990));
      assert.deepEqual(await readAll(store, key, 5, 5), Buffer.alloc(0));
      assert.deepEqual(await readAll(store, key, 300_000), Buffer.alloc(0));
      for await (const _part of await store.read(key, { start: 0 }, never)) break;
      assert.equal(await store.link(key), undefined);
      await store.put(key, content(Buffer.alloc(0)), { abort: never });
      assert.deepEqual(await readAll(store, key), Buffer.alloc(0));
    });

    test('lists by prefix in the order of keys; deletes what is there and what is not', async (t) => {
      const store = await open(t);
      const keys = ['news/2026-11-21/a.json', 'news/2026-11-21/a.mp4', 'news/2026-11-22/a.mp4', 'news2/x/a.mp4'];
      assert.deepEqual(await keysOf(store, 'news/'), []);
      for (const one of [...keys].reverse()) await store.put(one, content(randomBytes(10)), { abort: never });
      assert.deepEqual(await keysOf(store, 'news/'), keys.slice(0, 3));
      assert.deepEqual(await keysOf(store, 'news/2026-11-21/'), keys.slice(0, 2));
      await store.delete('news/2026-11-21/a.mp4');
      await store.delete('news/2026-11-21/a.mp4');
      assert.deepEqual(await keysOf(store, 'news/'), [keys[0], keys[2]]);
      assert.equal(await store.stat('news/2026-11-21/a.mp4'), undefined);
      await assert.rejects(readAll(store, 'news/2026-11-21/a.mp4'), { code: 'OBJECT_UNKNOWN' });
    });

    test('an object stays as it was when the next one does not arrive as a whole', async (t) => {
      const store = await open(t);
      const bytes = randomBytes(1000);
      await store.put(key, content(bytes), { abort: never });
      const other = randomBytes(1000);
      const put = (change: Partial<ObjectContent>) => store.put(key, content(other, change), { abort: never });
      await assert.rejects(put({ sizeBytes: 2000 }), { code: 'STORE_MISMATCH' });
      await assert.rejects(put({ sizeBytes: 500 }), { code: 'STORE_MISMATCH' });
      await assert.rejects(put({ sha256: '0'.repeat(64) }), { code: 'STORE_MISMATCH' });
      await assert.rejects(put({ bytes: broken() }), /the disk is broken/);
      const gone = AbortSignal.abort(new Error('wanted no more'));
      await assert.rejects(store.put(key, content(other), { abort: gone }), /wanted no more/);
      assert.deepEqual(await readAll(store, key), bytes);
      assert.deepEqual(await keysOf(store, ''), [key]);
    });

    test('what is no key is refused', async (t) => {
      const store = await open(t);
      for (const wrong of ['', '/etc/passwd', 'news/../../x', 'news//x', 'news/./x', 'a\0b']) {
        await assert.rejects(
          store.put(wrong, content(randomBytes(1)), { abort: never }),
          { code: 'KEY_INVALID' },
          wrong,
        );
        await assert.rejects(store.stat(wrong), { code: 'KEY_INVALID' }, wrong);
      }
    });
  });
}

test('files that a put left behind are removed when they are old', async (t) => {
  const folder = await temporaryFolder(t);
  const store = new FolderChunkStore(folder);
  await store.put('news/day/a.mp4', content(randomBytes(10)), { abort: never });
  await writeFile(join(folder, 'news/day/b.mp4.partial'), 'half');
  assert.equal(await store.removeUnfinished('news/', Date.now() - 3600_000, never), 0);
  assert.equal(await store.removeUnfinished('sport/', Date.now() + 3600_000, never), 0);
  assert.equal(await store.removeUnfinished('news/', Date.now() + 3600_000, never), 1);
  assert.deepEqual(await readdir(join(folder, 'news/day')), ['a.mp4']);
});
