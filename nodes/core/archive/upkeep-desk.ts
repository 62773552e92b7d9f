import { JobGivenUp } from '../jobs/job-pause.ts';
import type { JobQueue, RetryPolicy } from '../jobs/job-queue.ts';
import type { Dispose } from '../time/clock.ts';
import type { InstantLoop } from '../time/instant-loop.ts';
import type { UpkeepKind, UpkeepOrder } from './archive.ts';
import type { Channel, ChannelStore } from './channel.ts';
import { keepUp, type UpkeepSurroundings } from './upkeep.ts';

export interface UpkeepDeskSurroundings extends UpkeepSurroundings {
  jobs: JobQueue;
  channels: ChannelStore;
  loop: InstantLoop;
  /** Chunks may be missing now that were not. */
  onVerified: (channel: Channel) => void;
}

const queue = 'archive-upkeep';
const retry: RetryPolicy = { maxAttempts: 5, firstDelayMs: 5000, maxDelayMs: 300_000 };
const concurrency = 2;
/** A step of the clock forward by more than this may be a mistake, by which a whole archive would be too old. */
const suspiciousJumpMs = 3600_000;
/** So long after such a step nothing is removed by itself. */
const doubtMs = 24 * 3600_000;

/** The jobs that work on whole channels: one of a kind for each channel at any time. */
export class UpkeepDesk {
  readonly #around: UpkeepDeskSurroundings;
  readonly #stopListening: Dispose;
  #removesFromMs = 0;

  constructor(around: UpkeepDeskSurroundings, stop: AbortSignal) {
    this.#around = around;
    const { jobs, channels, loop, clock } = around;
    jobs.work<UpkeepOrder>(queue, { concurrency, retry, stop }, async ({ data }, abort) => {
      const channel = await channels.get(data.channel);
      if (!channel) throw new JobGivenUp('CHANNEL_UNKNOWN', `there is no channel "${data.channel}" any more`);
      await keepUp(data, channel, abort, around);
      if (data.kind === 'verify') around.onVerified(channel);
    });
    this.#stopListening = loop.onJump((deltaMs) => {
      if (deltaMs > suspiciousJumpMs) this.#removesFromMs = clock.monotonicMs() + doubtMs;
    });
  }

  close(): void {
    this.#stopListening();
  }

  /** Answers with the job's id; one that is under way already is not begun again. */
  async order(kind: UpkeepKind, channel: string): Promise<string> {
    const order: UpkeepOrder = { kind, channel, ...(kind === 'verify' ? { isThorough: true } : {}) };
    return (await this.#around.jobs.add(queue, `${kind}/${channel}`, order)).id;
  }

  /** All channels, unless the clock is in doubt. */
  async cleanUpAll(): Promise<void> {
    const { channels, clock } = this.#around;
    if (clock.monotonicMs() < this.#removesFromMs) return;
    for (const { name } of await channels.list()) await this.order('cleanup', name);
  }
}
