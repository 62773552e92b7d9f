import { ReelflowError } from '../errors.ts';
import type { SpooledTrack } from './capture-spool.ts';
import { type Chunk, type Segment, storeIdOf } from './chunk.ts';
import type { ChunkIndex } from './chunk-index.ts';
import { chunkStem, mimeTypeOf, sidecarKey } from './chunk-key.ts';
import type { ChunkStore, StoreWork } from './chunk-store.ts';
import { writeSidecar } from './sidecar.ts';

const clearMs = 60_000;

/**
 * Puts a captured chunk into a store: its objects, then the sidecar, so that a sidecar that is there tells of objects
 * that are there. What was put by an attempt that died is put again, over itself.
 */
export async function storeChunk(
  store: ChunkStore,
  { chunk, segments, tracks }: { chunk: Chunk; segments: readonly Segment[]; tracks: readonly SpooledTrack[] },
  work: StoreWork,
): Promise<void> {
  let done = 0;
  for (const [index, { path, read, sizeBytes, sha256, track }] of tracks.entries()) {
    const key = chunk.objects[index]?.key;
    if (key === undefined) throw new ReelflowError('INTERNAL', `no object for track ${track.track}`);
    const before = done;
    const content = { bytes: read(), sizeBytes, sha256, path, mimeType: mimeTypeOf(track.container) };
    const stored = await store.put(key, content, {
      abort: work.abort,
      onProgress: (bytes) => work.onProgress?.(before + bytes),
    });
    if (stored.sizeBytes !== sizeBytes) {
      const reason = `${stored.sizeBytes} of ${sizeBytes} bytes arrived`;
      throw new ReelflowError('STORE_MISMATCH', `${key}: ${reason}`, { isRetryable: true });
    }
    done += sizeBytes;
    work.onProgress?.(done);
  }
  await putSidecar(store, chunk, segments, work.abort);
}

export interface LossSurroundings {
  index: ChunkIndex;
  store: (id: string) => Promise<ChunkStore>;
}

/** What was put by a worker that had lost the chunk by then goes, and what counts is told again beside its objects. */
export async function clearAfterLoss(chunk: Chunk, { index, store: open }: LossSurroundings): Promise<void> {
  const now = await index.get(chunk.channel, chunk.startMs);
  const named = new Set(now?.objects.map(({ key }) => key));
  const store = await open(storeIdOf(chunk));
  for (const { key } of chunk.objects) if (!named.has(key)) await store.delete(key);
  if (now?.state !== 'complete') return;
  const segments = await index.segments(now.channel, { span: now });
  const own = segments.filter(({ chunkStartMs }) => chunkStartMs === now.startMs);
  await putSidecar(await open(storeIdOf(now)), now, own, AbortSignal.timeout(clearMs));
}

export async function putSidecar(
  store: ChunkStore,
  chunk: Chunk,
  segments: readonly Segment[],
  abort: AbortSignal,
): Promise<void> {
  const text = writeSidecar(chunk, segments);
  const key = sidecarKey(chunkStem(chunk.channel, chunk));
  await store.put(key, { bytes: once(text), sizeBytes: text.length, mimeType: 'application/json' }, { abort });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
