import { ReelflowError } from '../errors.ts';
import type { SpooledTrack } from './capture-spool.ts';
import type { Chunk, Segment } from './chunk.ts';
import { chunkStem, mimeTypeOf, sidecarKey } from './chunk-key.ts';
import type { ChunkStore, StoreWork } from './chunk-store.ts';
import { writeSidecar } from './sidecar.ts';

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
