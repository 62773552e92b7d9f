import { createHash } from 'node:crypto';
import type { Chunk, ChunkObject } from './chunk.ts';
import type { ChunkStore } from './chunk-store.ts';

/**
 * The first of a chunk's objects that does not lie in the store as it was put there.
 *
 * @param isThorough reads it all and compares checksums; otherwise only presence and size
 */
export async function firstFault(
  objects: readonly ChunkObject[],
  store: ChunkStore,
  isThorough: boolean,
  abort: AbortSignal,
): Promise<Chunk['reason']> {
  for (const { key, sizeBytes, sha256 } of objects) {
    const found = await store.stat(key);
    if (!found) return { code: 'OBJECT_MISSING', message: `${key} is not in the store any more` };
    if (found.sizeBytes !== sizeBytes) {
      return { code: 'OBJECT_DAMAGED', message: `${key} has ${found.sizeBytes} bytes instead of ${sizeBytes}` };
    }
    if (!isThorough) continue;
    const hash = createHash('sha256');
    for await (const part of await store.read(key, { start: 0 }, abort)) hash.update(part);
    if (hash.digest('hex') !== sha256)
      return { code: 'OBJECT_DAMAGED', message: `${key} has another checksum than when it was stored` };
  }
  return undefined;
}
