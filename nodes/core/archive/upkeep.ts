import { createHash } from 'node:crypto';
import { toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../time/clock.ts';
import type { UpkeepOrder } from './archive.ts';
import type { Channel } from './channel.ts';
import { type Chunk, type ChunkObject, storeIdOf } from './chunk.ts';
import type { ChunkIndex } from './chunk-index.ts';
import { channelPrefix, chunkStem, parseKey, sidecarKey } from './chunk-key.ts';
import type { ChunkStore } from './chunk-store.ts';
import { putSidecar } from './chunk-writer.ts';
import { chunksToExpire } from './retention.ts';
import { longestSidecarBytes, readSidecar } from './sidecar.ts';

export interface UpkeepSurroundings {
  index: ChunkIndex;
  clock: Clock;
  log: Log;
  store: (id: string) => Promise<ChunkStore>;
  onChunk: (chunk: Chunk, before: Chunk | undefined) => void;
}

/** An upload of a day that has not ended belongs to nobody. */
const unfinishedForMs = 24 * 3600_000;

/** Work on a whole channel; touches nothing of any other. */
export async function keepUp(
  order: UpkeepOrder,
  channel: Channel,
  abort: AbortSignal,
  around: UpkeepSurroundings,
): Promise<void> {
  switch (order.kind) {
    case 'verify':
      return await verify(channel, order.isThorough ?? false, abort, around);
    case 'cleanup':
      return await cleanUp(channel, abort, around);
    case 'rebuild':
      return await rebuild(channel, abort, around);
  }
}

/** Each stored chunk against the store. What is not there as it should be is `missing`, and captured again if it can be. */
async function verify(
  channel: Channel,
  isThorough: boolean,
  abort: AbortSignal,
  { index, clock, log, onChunk, store: open }: UpkeepSurroundings,
): Promise<void> {
  let bad = 0;
  const chunks = await index.list(channel.name, { states: ['complete'] });
  for (const chunk of chunks) {
    abort.throwIfAborted();
    const store = await open(storeIdOf(chunk));
    const reason = await firstFault(chunk.objects, store, isThorough, abort);
    // It may have been replaced or removed while we looked.
    const now = await index.get(channel.name, chunk.startMs);
    if (now?.state !== 'complete' || now.revision !== chunk.revision) continue;
    if (reason) {
      bad += 1;
      const next: Chunk = { ...now, state: 'missing', reason, attempts: 0, updatedAt: clock.now() };
      await index.put(next);
      onChunk(next, now);
      log.warn(`channel ${channel.name}: ${reason.message}`);
      continue;
    }
    if (!(await store.stat(sidecarKey(chunkStem(channel.name, chunk))))) {
      const segments = await index.segments(channel.name, { span: chunk });
      const own = segments.filter(({ chunkStartMs }) => chunkStartMs === chunk.startMs);
      await putSidecar(store, now, own, abort);
    }
    await index.put({ ...now, verifiedAt: clock.now() });
  }
  log.info(`channel ${channel.name}: ${chunks.length} chunks verified, ${bad} not as they should be`);
}

async function firstFault(
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

/** What the retention keeps no longer, and what lies in the store so old and in nobody's index. */
async function cleanUp(channel: Channel, abort: AbortSignal, around: UpkeepSurroundings): Promise<void> {
  const { index, clock, log, onChunk } = around;
  const locks = await index.locks(channel.name);
  const stored = await index.list(channel.name, { states: ['complete'] });
  const expired = chunksToExpire(stored, channel, locks, clock.now());
  for (const chunk of expired) {
    abort.throwIfAborted();
    const store = await around.store(storeIdOf(chunk));
    // The sidecar first: without it nothing that is half removed comes back in a rebuild.
    await store.delete(sidecarKey(chunkStem(channel.name, chunk)));
    for (const { key } of chunk.objects) await store.delete(key);
    const next: Chunk = { ...chunk, state: 'expired', objects: [], holes: [], sizeBytes: 0, updatedAt: clock.now() };
    await index.put(next, []);
    onChunk(next, chunk);
  }
  const before = clock.now() - channel.retentionMs;
  for (const chunk of await index.list(channel.name, {
    states: ['expired', 'missing', 'expected'],
    span: { startMs: 0, endMs: before },
  })) {
    if (chunk.endMs <= before - channel.retentionMs) await index.remove(channel.name, chunk.startMs);
  }
  const store = await around.store(channel.storeId);
  await removeStrays(channel, store, before, abort, around);
  const prefix = channelPrefix(channel.name);
  const unfinished = await store.removeUnfinished(prefix, clock.now() - unfinishedForMs, abort);
  if (unfinished > 0) log.info(`channel ${channel.name}: ${unfinished} uploads that never ended removed`);
  if (expired.length > 0) log.info(`channel ${channel.name}: ${expired.length} chunks removed`);
}

async function removeStrays(
  channel: Channel,
  store: ChunkStore,
  before: number,
  abort: AbortSignal,
  { index }: UpkeepSurroundings,
): Promise<void> {
  for await (const { key } of store.list(channelPrefix(channel.name), abort)) {
    const parsed = parseKey(key);
    if (parsed?.channel !== channel.name || parsed.endMs > before) continue;
    const known = await index.get(channel.name, parsed.startMs);
    if (known && known.state !== 'expired') continue;
    const locks = await index.locks(channel.name);
    if (locks.some((lock) => lock.startMs < parsed.endMs && parsed.startMs < lock.endMs)) continue;
    await store.delete(key);
  }
}

/** The index from the store alone: each sidecar whose objects are there as it says. What the index knows better stays. */
async function rebuild(
  channel: Channel,
  abort: AbortSignal,
  { index, clock, log, onChunk, store: open }: UpkeepSurroundings,
): Promise<void> {
  let found = 0;
  const { storeId } = channel;
  const store = await open(storeId);
  for await (const { key, sizeBytes } of store.list(channelPrefix(channel.name), abort)) {
    const parsed = parseKey(key);
    if (parsed?.channel !== channel.name || parsed.rest !== '.json' || sizeBytes > longestSidecarBytes) continue;
    try {
      const { chunk, segments } = readSidecar(await readText(store, key, abort), key);
      const before = await index.get(channel.name, parsed.startMs);
      if (before?.state === 'complete' || chunk.channel !== channel.name || chunk.startMs !== parsed.startMs) continue;
      if (await firstFault(chunk.objects, store, false, abort)) continue;
      const next: Chunk = { ...chunk, state: 'complete', storeId, updatedAt: clock.now() };
      await index.put(next, segments);
      onChunk(next, before);
      found += 1;
    } catch (error) {
      abort.throwIfAborted();
      log.warn(`channel ${channel.name}: ${toReelflowError(error).message}`);
    }
  }
  log.info(`channel ${channel.name}: ${found} chunks found in the store that the index did not have`);
}

async function readText(store: ChunkStore, key: string, abort: AbortSignal): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of await store.read(key, { start: 0 }, abort)) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}
