import { join } from 'node:path';
import { archiveFiles } from '../adapters/archive/archive-files.ts';
import { isNews } from '../core/archive/archive-message.ts';
import { folderStoreId } from '../core/archive/channel.ts';
import { type Chunk, storeIdOf } from '../core/archive/chunk.ts';
import type { NodeMessage } from '../kit/node-spec.ts';

/** What a flow hears of a chunk that was stored or turned out to be missing; nothing of what is under way. */
export function chunkMessage(chunk: Chunk, before: Chunk | undefined, dataRoot: string): NodeMessage | undefined {
  const {
    channel,
    startMs,
    endMs,
    state,
    isPartial,
    revision,
    objects,
    sizeBytes,
    holes,
    kinds,
    missingKinds,
    reason,
  } = chunk;
  if (!isNews(chunk, before)) return undefined;
  const [main] = objects;
  const { store } = archiveFiles(dataRoot);
  return {
    topic: 'chunk',
    payload: {
      channel,
      start: startMs,
      end: endMs,
      state,
      isPartial,
      revision,
      sizeBytes,
      kinds,
      missingKinds,
      holes: holes.map(({ startMs: start, endMs: end, ...hole }) => ({ ...hole, start, end })),
      tracks: objects.map(({ track, container, key, sizeBytes: bytes, sha256, segmentCount }) => ({
        track,
        container,
        key,
        sizeBytes: bytes,
        sha256,
        segments: segmentCount,
      })),
      ...(main ? { key: main.key, segments: main.segmentCount } : {}),
      ...(main && storeIdOf(chunk) === folderStoreId ? { path: join(store, main.key) } : {}),
      ...(reason ? { reason } : {}),
    },
  };
}
