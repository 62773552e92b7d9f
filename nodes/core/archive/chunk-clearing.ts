import { type Chunk, storeIdOf } from './chunk.ts';
import type { ChunkIndex, Lease } from './chunk-index.ts';
import { chunkStem, objectKey, sidecarKey } from './chunk-key.ts';
import type { ChunkStore } from './chunk-store.ts';
import { putSidecar } from './chunk-writer.ts';

export interface ClearingSurroundings {
  index: ChunkIndex;
  store: (id: string) => Promise<ChunkStore>;
}

const clearMs = 60_000;

/** What was put by a worker that had lost the chunk by then goes, and what counts is told again beside its objects. */
export async function clearAfterLoss(chunk: Chunk, { index, store: open }: ClearingSurroundings): Promise<void> {
  const now = await index.get(chunk.channel, chunk.startMs);
  const named = new Set(now?.objects.map(({ key }) => key));
  const store = await open(storeIdOf(chunk));
  for (const { key } of chunk.objects) if (!named.has(key)) await clear(store, key);
  if (now?.state !== 'complete') return;
  const segments = await index.segments(now.channel, { span: now });
  const own = segments.filter(({ chunkStartMs }) => chunkStartMs === now.startMs);
  await putSidecar(await open(storeIdOf(now)), now, own, AbortSignal.timeout(clearMs));
}

/**
 * What those from whom the chunk was taken over had put of it, whole or in part: who is dead will not clear it, and its
 * keys are nobody's any more.
 */
export async function clearForerunners(
  chunk: Chunk,
  { takeovers }: Lease,
  { store: open }: ClearingSurroundings,
): Promise<void> {
  if (takeovers === 0) return;
  const store = await open(storeIdOf(chunk));
  const stem = chunkStem(chunk.channel, chunk);
  for (let version = chunk.revision; version < chunk.revision + takeovers; version++) {
    for (const [index, { track, container }] of chunk.objects.entries()) {
      await clear(store, objectKey(stem, track, container, index === 0, version));
    }
  }
}

/** What the new content of a chunk does not lie over. */
export async function removeReplaced(before: Chunk, now: Chunk, { store: open }: ClearingSurroundings): Promise<void> {
  const hasMoved = storeIdOf(before) !== storeIdOf(now);
  const kept = new Set(hasMoved ? [] : now.objects.map(({ key }) => key));
  const old = before.objects.filter(({ key }) => !kept.has(key));
  if (old.length === 0) return;
  const store = await open(storeIdOf(before));
  if (hasMoved) await store.delete(sidecarKey(chunkStem(before.channel, before)));
  for (const { key } of old) await store.delete(key);
}

async function clear(store: ChunkStore, key: string): Promise<void> {
  await store.removeUnfinished(key, Number.POSITIVE_INFINITY, AbortSignal.timeout(clearMs));
  await store.delete(key);
}
