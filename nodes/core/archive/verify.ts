import type { UpkeepOrder } from './archive.ts';
import type { Channel } from './channel.ts';
import { type Chunk, type Hole, storeIdOf } from './chunk.ts';
import { chunkStem, isoSeconds, sidecarKey } from './chunk-key.ts';
import { putSidecar } from './chunk-writer.ts';
import { decodeCheck, withUndecodable } from './decode-check.ts';
import { firstFault } from './object-fault.ts';
import type { UpkeepSurroundings, UpkeepTask } from './upkeep.ts';

/**
 * Each stored chunk against the store. What is not there as it should be is `missing`, and captured again if it can be.
 * What is as it was stored but cannot be decoded stays, with holes that say so: most of it may be good.
 */
export async function verify(
  channel: Channel,
  { isThorough = false, decodes = false }: Pick<UpkeepOrder, 'isThorough' | 'decodes'>,
  { abort, progress }: UpkeepTask,
  around: UpkeepSurroundings,
): Promise<void> {
  const { index, clock, log, onChunk, store: open } = around;
  const chunks = await index.list(channel.name, { states: ['complete'] });
  progress.begin(chunks.length);
  for (const chunk of chunks) {
    abort.throwIfAborted();
    const store = await open(storeIdOf(chunk));
    const reason = await firstFault(chunk.objects, store, isThorough, abort);
    const bad = reason || !decodes ? undefined : await undecodableOf(chunk, around, abort);
    progress.step();
    // It may have been replaced or removed while we looked.
    const now = await index.get(channel.name, chunk.startMs);
    if (now?.state !== 'complete' || now.revision !== chunk.revision) continue;
    if (reason) {
      const next: Chunk = { ...now, state: 'missing', reason, attempts: 0, updatedAt: clock.now() };
      if (!(await index.replace(now, next))) continue;
      onChunk(next, now);
      progress.find(reason.message);
      log.warn(`channel ${channel.name}: ${reason.message}`);
      continue;
    }
    if (!(await store.stat(sidecarKey(chunkStem(channel.name, chunk))))) {
      const segments = await index.segments(channel.name, { span: chunk });
      const own = segments.filter(({ chunkStartMs }) => chunkStartMs === chunk.startMs);
      await putSidecar(store, now, own, abort);
    }
    const marked = bad ? withUndecodable(now, bad) : now;
    // Whoever verifies wants it mended: the source is asked again, however often it was asked in vain.
    const next = bad && bad.length > 0 ? { ...marked, attempts: 0 } : marked;
    const verified = { ...next, verifiedAt: clock.now() };
    if (!(await index.replace(now, verified))) continue;
    if (next !== now) onChunk(verified, now);
    for (const { startMs, endMs, track } of bad ?? []) {
      const what = `${isoSeconds(startMs)} to ${isoSeconds(endMs)} (${track}) cannot be decoded`;
      progress.find(what);
      log.warn(`channel ${channel.name}: ${what}`);
    }
  }
  const { found } = progress.report;
  const words = `${chunks.length} chunks verified, ${found === 0 ? 'all as they should be' : `${found} faults`}`;
  progress.note(words);
  log.info(`channel ${channel.name}: ${words}`);
}

async function undecodableOf(chunk: Chunk, around: UpkeepSurroundings, abort: AbortSignal): Promise<Hole[]> {
  const { index, decoder } = around;
  const segments = await index.segments(chunk.channel, { span: chunk });
  const own = segments.filter(({ chunkStartMs }) => chunkStartMs === chunk.startMs);
  return await decodeCheck(chunk, own, { store: await around.store(storeIdOf(chunk)), decoder, abort });
}
