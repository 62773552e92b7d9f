import type { Log } from '../log.ts';
import type { Clock } from '../time/clock.ts';
import type { UpkeepOrder } from './archive.ts';
import type { Channel } from './channel.ts';
import type { Chunk } from './chunk.ts';
import type { ChunkIndex } from './chunk-index.ts';
import type { ChunkStore } from './chunk-store.ts';
import { cleanUp } from './clean-up.ts';
import type { Decoder } from './decoder.ts';
import { rebuild } from './rebuild.ts';
import type { UpkeepLog } from './upkeep-report.ts';
import { verify } from './verify.ts';

export interface UpkeepSurroundings {
  index: ChunkIndex;
  clock: Clock;
  log: Log;
  decoder: Decoder;
  store: (id: string) => Promise<ChunkStore>;
  onChunk: (chunk: Chunk, before: Chunk | undefined) => void;
}

export interface UpkeepTask {
  abort: AbortSignal;
  progress: UpkeepLog;
}

/** Work on a whole channel; touches nothing of any other. */
export async function keepUp(
  order: UpkeepOrder,
  channel: Channel,
  task: UpkeepTask,
  around: UpkeepSurroundings,
): Promise<void> {
  switch (order.kind) {
    case 'verify':
      return await verify(channel, order, task, around);
    case 'cleanup':
      return await cleanUp(channel, task, around);
    case 'rebuild':
      return await rebuild(channel, task, around);
  }
}
