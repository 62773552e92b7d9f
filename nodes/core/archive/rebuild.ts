import { toReelflowError } from '../errors.ts';
import type { Channel } from './channel.ts';
import type { Chunk } from './chunk.ts';
import { channelPrefix, isoSeconds, parseKey } from './chunk-key.ts';
import type { ChunkStore } from './chunk-store.ts';
import { firstFault } from './object-fault.ts';
import { longestSidecarBytes, readSidecar } from './sidecar.ts';
import type { UpkeepSurroundings, UpkeepTask } from './upkeep.ts';

/** The index from the store alone: each sidecar whose objects are there as it says. What the index knows better stays. */
export async function rebuild(
  channel: Channel,
  { abort, progress }: UpkeepTask,
  { index, clock, log, onChunk, store: open }: UpkeepSurroundings,
): Promise<void> {
  const { storeId } = channel;
  const store = await open(storeId);
  progress.begin();
  for await (const { key, sizeBytes } of store.list(channelPrefix(channel.name), abort)) {
    const parsed = parseKey(key);
    if (parsed?.channel !== channel.name || parsed.rest !== '.json' || sizeBytes > longestSidecarBytes) continue;
    progress.step();
    try {
      const { chunk, segments } = readSidecar(await readText(store, key, abort), key);
      const before = await index.get(channel.name, parsed.startMs);
      if (before?.state === 'complete' || chunk.channel !== channel.name || chunk.startMs !== parsed.startMs) continue;
      const fault = await firstFault(chunk.objects, store, false, abort);
      if (fault) {
        progress.note(`left out: ${fault.message}`);
        continue;
      }
      const next: Chunk = { ...chunk, state: 'complete', storeId, updatedAt: clock.now() };
      if (!(await index.replace(before, next, segments))) continue;
      onChunk(next, before);
      progress.find(`${isoSeconds(chunk.startMs)} is in the index again`);
    } catch (error) {
      abort.throwIfAborted();
      const { message } = toReelflowError(error);
      progress.note(`left out: ${message}`);
      log.warn(`channel ${channel.name}: ${message}`);
    }
  }
  const words = `${progress.report.found} chunks found in the store that the index did not have`;
  progress.note(words);
  log.info(`channel ${channel.name}: ${words}`);
}

async function readText(store: ChunkStore, key: string, abort: AbortSignal): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of await store.read(key, { start: 0 }, abort)) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}
