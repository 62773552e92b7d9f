import { ReelflowError, toReelflowError } from '../errors.ts';
import { JobGivenUp } from '../jobs/job-pause.ts';
import type { Job, JobQueue, RetryPolicy } from '../jobs/job-queue.ts';
import type { Dispose } from '../time/clock.ts';
import type { InstantLoop } from '../time/instant-loop.ts';
import { type UpkeepKind, type UpkeepOptions, type UpkeepOrder, upkeepKinds } from './archive.ts';
import type { Channel, ChannelStore } from './channel.ts';
import type { JobReports } from './job-report.ts';
import { keepUp, type UpkeepSurroundings } from './upkeep.ts';
import { type UpkeepJob, UpkeepLog, type UpkeepReport } from './upkeep-report.ts';

export interface UpkeepDeskSurroundings extends UpkeepSurroundings {
  jobs: JobQueue;
  reports: JobReports<UpkeepReport>;
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
/** Several stations that share an archive all look once an hour: one of them is enough. */
const recentMs = 45 * 60_000;

/** The jobs that work on whole channels: one of a kind for each channel at any time. */
export class UpkeepDesk {
  readonly #around: UpkeepDeskSurroundings;
  readonly #stopListening: Dispose;
  readonly #running = new Map<string, UpkeepReport>();
  #removesFromMs = 0;

  constructor(around: UpkeepDeskSurroundings, stop: AbortSignal) {
    this.#around = around;
    const { jobs, loop, clock } = around;
    jobs.work<UpkeepOrder>(queue, { concurrency, retry, stop }, (job, abort) => this.#work(job, abort));
    this.#stopListening = loop.onJump((deltaMs) => {
      if (deltaMs > suspiciousJumpMs) this.#removesFromMs = clock.monotonicMs() + doubtMs;
    });
  }

  close(): void {
    this.#stopListening();
  }

  /** Answers with the job's id; one that is under way already is not begun again. */
  async order(kind: UpkeepKind, channel: string, options: UpkeepOptions = {}): Promise<string> {
    const order: UpkeepOrder = { kind, channel, ...(kind === 'verify' ? { isThorough: true, ...options } : {}) };
    return (await this.#around.jobs.add(queue, keyOf(order), order)).id;
  }

  /** The last of each kind, newest first. */
  async list(channel: string): Promise<UpkeepJob[]> {
    const { jobs, reports } = this.#around;
    const found: UpkeepJob[] = [];
    for (const kind of upkeepKinds) {
      const job = (await jobs.find(queue, keyOf({ kind, channel }))) as Job<UpkeepOrder> | undefined;
      const report = job && (this.#running.get(job.id) ?? (await reports.get(job.id)));
      if (job) found.push(report ? { job, report } : { job });
    }
    return found.sort((a, b) => b.job.createdAt - a.job.createdAt);
  }

  /** Rejects with JOB_UNKNOWN. */
  async cancel(channel: string, id: string): Promise<void> {
    const { jobs } = this.#around;
    const job = (await jobs.get(id)) as Job<UpkeepOrder> | undefined;
    if (job?.queue !== queue || job.data.channel !== channel) {
      throw new ReelflowError('JOB_UNKNOWN', `channel ${channel} has no job "${id}"`, { field: 'id' });
    }
    await jobs.cancel(id);
  }

  /** All channels that nobody has cleaned up lately, unless the clock is in doubt. */
  async cleanUpAll(): Promise<void> {
    const { channels, clock, jobs } = this.#around;
    if (clock.monotonicMs() < this.#removesFromMs) return;
    for (const { name } of await channels.list()) {
      const last = await jobs.find(queue, keyOf({ kind: 'cleanup', channel: name }));
      const isRecent = last?.state === 'completed' && Math.abs(clock.now() - last.updatedAt) < recentMs;
      if (!isRecent) await this.order('cleanup', name);
    }
  }

  async #work({ id, data }: Job<UpkeepOrder>, abort: AbortSignal): Promise<void> {
    const { channels, clock, reports, onVerified } = this.#around;
    const channel = await channels.get(data.channel);
    if (!channel) throw new JobGivenUp('CHANNEL_UNKNOWN', `there is no channel "${data.channel}" any more`);
    const earlier = (await reports.get(id))?.log ?? [];
    const { kind } = data;
    const report = { jobId: id, kind, channel: channel.name, startedAt: clock.now(), done: 0, found: 0, log: earlier };
    this.#running.set(id, report);
    const progress = new UpkeepLog(report, { clock, reports });
    try {
      await keepUp(data, channel, { abort, progress }, this.#around);
    } catch (error) {
      progress.note(`ended: ${toReelflowError(abort.aborted ? abort.reason : error).message}`);
      throw error;
    } finally {
      await progress.end();
      this.#running.delete(id);
      if (kind === 'verify') onVerified(channel);
    }
  }
}

function keyOf({ kind, channel }: Pick<UpkeepOrder, 'kind' | 'channel'>): string {
  return `${kind}/${channel}`;
}
