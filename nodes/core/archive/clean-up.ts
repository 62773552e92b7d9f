import type { Channel } from './channel.ts';
import { type Chunk, storeIdOf } from './chunk.ts';
import { channelPrefix, chunkStem, isoSeconds, parseKey, sidecarKey } from './chunk-key.ts';
import { overlaps } from './chunk-plan.ts';
import type { ChunkStore } from './chunk-store.ts';
import { chunksToExpire } from './retention.ts';
import type { UpkeepSurroundings, UpkeepTask } from './upkeep.ts';

/** An upload of a day that has not ended belongs to nobody. */
const unfinishedForMs = 24 * 3600_000;

/** What the retention keeps no longer, and what lies in the store so old and in nobody's index. */
export async function cleanUp(
  channel: Channel,
  { abort, progress }: UpkeepTask,
  around: UpkeepSurroundings,
): Promise<void> {
  const { index, clock, log, onChunk } = around;
  const stored = await index.list(channel.name, { states: ['complete'] });
  const expired = chunksToExpire(stored, channel, await index.locks(channel.name), clock.now());
  progress.begin(expired.length);
  for (const chunk of expired) {
    abort.throwIfAborted();
    progress.step();
    // Removing takes its time: what somebody has locked meanwhile, or captured better, stays.
    if ((await index.locks(channel.name)).some((lock) => overlaps(lock, chunk))) continue;
    if ((await index.get(channel.name, chunk.startMs))?.revision !== chunk.revision) continue;
    const store = await around.store(storeIdOf(chunk));
    // The sidecar first: without it nothing that is half removed comes back in a rebuild.
    await store.delete(sidecarKey(chunkStem(channel.name, chunk)));
    for (const { key } of chunk.objects) await store.delete(key);
    const next: Chunk = { ...chunk, state: 'expired', objects: [], holes: [], sizeBytes: 0, updatedAt: clock.now() };
    if (!(await index.replace(chunk, next, []))) continue;
    onChunk(next, chunk);
    progress.find(`${isoSeconds(chunk.startMs)} removed`);
  }
  const before = clock.now() - channel.retentionMs;
  for (const chunk of await index.list(channel.name, {
    states: ['expired', 'missing', 'expected'],
    span: { startMs: 0, endMs: before },
  })) {
    if (chunk.endMs <= before - channel.retentionMs) await index.remove(channel.name, chunk.startMs);
  }
  const store = await around.store(channel.storeId);
  const { removed, unknown } = await removeStrays(channel, store, before, abort, around);
  if (removed > 0) progress.note(`${removed} files that belonged to no chunk removed`);
  if (unknown > 0) {
    const words = `${unknown} old chunks in the store are unknown to the index, and stay: lock what is to be kept, then rebuild it`;
    progress.note(words);
    log.warn(`channel ${channel.name}: ${words}`);
  }
  const prefix = channelPrefix(channel.name);
  const unfinished = await store.removeUnfinished(prefix, clock.now() - unfinishedForMs, abort);
  if (unfinished > 0) {
    const words = `${unfinished} uploads that never ended removed`;
    progress.note(words);
    log.info(`channel ${channel.name}: ${words}`);
  }
  const { found } = progress.report;
  progress.note(found === 0 ? 'no chunk is older, or beyond the size, that is kept' : `${found} chunks removed`);
  if (found > 0) log.info(`channel ${channel.name}: ${found} chunks removed`);
}

/**
 * An index that was lost knows neither chunks nor the locks on them: what a sidecar makes a whole chunk of is not removed
 * before somebody has had the index rebuilt.
 */
async function removeStrays(
  channel: Channel,
  store: ChunkStore,
  before: number,
  abort: AbortSignal,
  { index }: UpkeepSurroundings,
): Promise<{ removed: number; unknown: number }> {
  const unknown = new Set<string>();
  let removed = 0;
  for await (const { key } of store.list(channelPrefix(channel.name), abort)) {
    const parsed = parseKey(key);
    if (parsed?.channel !== channel.name || parsed.endMs > before) continue;
    const stem = chunkStem(channel.name, parsed);
    if (unknown.has(stem)) continue;
    const known = await index.get(channel.name, parsed.startMs);
    if (known && known.state !== 'expired') continue;
    if (!known && (await store.stat(sidecarKey(stem)))) {
      unknown.add(stem);
      continue;
    }
    const locks = await index.locks(channel.name);
    if (locks.some((lock) => lock.startMs < parsed.endMs && parsed.startMs < lock.endMs)) continue;
    await store.delete(key);
    removed += 1;
  }
  return { removed, unknown: unknown.size };
}
