import type { SpooledCapture } from './capture-spool.ts';
import type { Channel } from './channel.ts';
import { type Chunk, type ChunkObject, type Segment, storeIdOf } from './chunk.ts';
import type { ChunkIndex } from './chunk-index.ts';
import type { ChunkStore } from './chunk-store.ts';
import { isNew } from './coverage.ts';

export interface SeedSources {
  index: ChunkIndex;
  store: (id: string) => Promise<ChunkStore>;
}

/**
 * Puts beside what was captured what is stored of the chunk already, so that only what is missing has to be had from the
 * source, and nothing is lost of what one worker stored while another one was away with its own part.
 */
export async function seedSpool(
  capture: SpooledCapture,
  chunk: Chunk,
  { index, store }: SeedSources,
  channel: Channel,
  { abort, isWanted = () => true }: { abort: AbortSignal; isWanted?: (segment: Segment) => boolean },
): Promise<void> {
  const there = await store(storeIdOf(chunk));
  const segments = (await index.segments(channel.name, { span: chunk })).filter(isWanted);
  for (const object of chunk.objects) {
    const { key: _key, sizeBytes: _size, sha256: _sum, inits: _inits, segmentCount: _count, ...track } = object;
    await capture.addTrack(track);
    const own = segments.filter(
      ({ chunkStartMs, track: name }) => chunkStartMs === chunk.startMs && name === object.track,
    );
    const captured = capture.segments.filter(({ track: name }) => name === object.track);
    for (const segment of own) {
      if (!isNew(segment, captured)) continue;
      const { offset, length } = segment;
      const init = await initOf(there, object, segment, abort);
      await capture.add(segment, init, await there.read(object.key, { start: offset, end: offset + length }, abort));
    }
  }
}

async function initOf(
  store: ChunkStore,
  { key, inits }: ChunkObject,
  { initId }: Segment,
  abort: AbortSignal,
): Promise<Uint8Array | undefined> {
  const init = inits.find((one) => one.initId === initId);
  if (!init) return undefined;
  const { offset, length } = init;
  const parts: Uint8Array[] = [];
  for await (const part of await store.read(key, { start: offset, end: offset + length }, abort)) parts.push(part);
  return Buffer.concat(parts);
}
