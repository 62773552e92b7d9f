import { setTimeout as delay } from 'node:timers/promises';
import { ReelflowError, toReelflowError } from '../errors.ts';
import { JobGivenUp, JobPostponed } from '../jobs/job-pause.ts';
import type { Job, JobFilter, JobQueue, RetryPolicy } from '../jobs/job-queue.ts';
import type { CaptureJob, CaptureOrder } from './archive.ts';
import { CaptureLog } from './capture-log.ts';
import type { CaptureReport } from './capture-report.ts';
import {
  type CaptureSurroundings,
  type CaptureTask,
  captureChunk,
  chunkTaken,
  isChunkTaken,
  StoreAway,
} from './capture-run.ts';
import type { Channel } from './channel.ts';
import { isoSeconds } from './chunk-key.ts';
import type { JobReports } from './job-report.ts';
import { emptyChunk } from './timeline.ts';

/** Chunks that go on, and chunks that are over already: what is to be made up for must not hold up what happens now. */
export const captureQueues = ['archive-live', 'archive-backfill'] as const;
export type CaptureQueue = (typeof captureQueues)[number];

const ownQueuePrefix = 'archive-at-';

/** The queue of one of the processes that share an archive. */
export function ownQueueOf(owner: string): string {
  return `${ownQueuePrefix}${owner}`;
}

export interface DeskSurroundings extends CaptureSurroundings {
  jobs: JobQueue;
  reports: JobReports<CaptureReport>;
  channel: (name: string) => Promise<Channel | undefined>;
  onProgress: (report: CaptureReport) => void;
  /** A capture is over: the source may have more by now. */
  onEnd: (order: CaptureOrder) => void;
  /** Names this worker in the leases. The same after a restart, when no other process can have the same. */
  owner: string;
  /**
   * Queue of the chunks that only this process can store: what lies in its spool, what a stream that runs here offers.
   * Absent: nobody else works on the queues. See ownQueueOf().
   */
  ownQueue?: string;
  retry?: RetryPolicy;
}

const retry: RetryPolicy = { maxAttempts: 10, firstDelayMs: 1000, maxDelayMs: 60_000 };
/** Live captures wait most of the time: two for each channel while one chunk ends and the next begins. */
const liveConcurrency = 500;
const backfillConcurrency = 3;
const leaseMs = 30_000;
const openStates = ['queued', 'active', 'retrying'] as const;
/** Until somebody else takes a chunk whose store can not be reached from here. */
const elsewhereMs = 3000;
/** Between tries of what the database has to be told. */
const databaseAwayMs = 2000;
/** A process that is there begins its own jobs at once. */
const forsakenMs = 30_000;
/** Newest jobs among which those of one channel are looked for. */
const mostSearched = 5000;

/** The jobs that capture chunks: one a chunk at any time, whoever asks and how often. */
export class CaptureDesk {
  readonly #around: DeskSurroundings;
  readonly #retry: RetryPolicy;
  readonly #queues: readonly string[];
  readonly #running = new Map<string, CaptureReport>();
  readonly #ended = new Set<Promise<void>>();
  /** Keys of the chunks that are being captured here. */
  readonly #taken = new Set<string>();

  constructor(around: DeskSurroundings, stop: AbortSignal) {
    this.#around = around;
    this.#retry = around.retry ?? retry;
    this.#queues = around.ownQueue === undefined ? captureQueues : [...captureQueues, around.ownQueue];
    for (const queue of this.#queues) {
      const concurrency = queue === 'archive-backfill' ? backfillConcurrency : liveConcurrency;
      around.jobs.work<CaptureOrder>(queue, { concurrency, retry: this.#retry, stop }, (job, abort) => {
        const run = this.#handle(job, abort);
        const settled = run.catch(() => {});
        this.#ended.add(settled);
        void settled.then(() => this.#ended.delete(settled));
        return run;
      });
    }
  }

  /** Settles when no capture runs any more. */
  async idle(): Promise<void> {
    await Promise.all(this.#ended);
  }

  /** Answers with the chunk's job when it has one that is not over, in whichever queue. */
  async pending(order: CaptureOrder): Promise<Job<CaptureOrder> | undefined> {
    for (const queue of this.#queues) {
      const job = await this.#around.jobs.find(queue, keyOf(order));
      if (job && isOpen(job)) return job as Job<CaptureOrder>;
    }
    return undefined;
  }

  /** Starts of the chunks of a channel that have a job that is not over, of which somebody takes care. */
  async allPending(channel: string): Promise<ReadonlySet<number>> {
    const jobs = (await this.#unfinished(channel)).filter((job) => !this.#isForsaken(job));
    return new Set(jobs.map(({ data }) => data.startMs));
  }

  /** Only one process could do it, and has not been there to do it. */
  #isForsaken({ queue, state, runAt }: Job): boolean {
    if (!queue.startsWith(ownQueuePrefix) || queue === this.#around.ownQueue || state === 'active') return false;
    return this.#around.clock.now() - runAt > forsakenMs;
  }

  /** The last one, over or not. */
  async last(order: CaptureOrder): Promise<Job<CaptureOrder> | undefined> {
    const found: Job[] = [];
    for (const queue of this.#queues) found.push(...asList(await this.#around.jobs.find(queue, keyOf(order))));
    return found.sort((a, b) => b.createdAt - a.createdAt)[0] as Job<CaptureOrder> | undefined;
  }

  async add(order: CaptureOrder, queue: CaptureQueue): Promise<Job<CaptureOrder>> {
    return await this.#add(order, queue);
  }

  /** For this process alone: see DeskSurroundings. */
  async addOwn(order: CaptureOrder): Promise<Job<CaptureOrder>> {
    return await this.#add(order, this.#around.ownQueue ?? 'archive-live');
  }

  async list(filter: { channel?: string; limit?: number } = {}): Promise<CaptureJob[]> {
    const { channel, limit = 200 } = filter;
    // Jobs of a month may be very many.
    const most = channel === undefined ? limit : Math.max(limit, mostSearched);
    const jobs = (await this.#listed({ limit: most }))
      .filter(({ data }) => channel === undefined || data.channel === channel)
      .sort((a, b) => b.createdAt - a.createdAt || b.data.startMs - a.data.startMs)
      .slice(0, limit);
    return await Promise.all(jobs.map((job) => this.#view(job)));
  }

  /** Rejects with JOB_UNKNOWN. */
  async get(id: string): Promise<CaptureJob> {
    const job = await this.#around.jobs.get(id);
    if (job && isCapture(job)) return await this.#view(job as Job<CaptureOrder>);
    throw new ReelflowError('JOB_UNKNOWN', `there is no capture "${id}"`, { field: 'id' });
  }

  async retry(id: string): Promise<void> {
    const { job } = await this.get(id);
    if (job.state === 'cancelled' || job.state === 'completed') await this.#add(job.data, job.queue);
    else await this.#around.jobs.retry(id);
  }

  async cancel(id: string): Promise<void> {
    const { job } = await this.get(id);
    await this.#around.jobs.cancel(id);
    // One that ran clears up behind itself, if whoever ran it is still there.
    if (isOpen(job) && !this.#running.has(id)) await this.#giveUp(job.data);
  }

  /** Those of a channel that is no more. */
  async cancelAll(channel: string): Promise<void> {
    for (const { id } of await this.#unfinished(channel)) await this.#around.jobs.cancel(id);
  }

  async #add(order: CaptureOrder, queue: string): Promise<Job<CaptureOrder>> {
    return (await this.pending(order)) ?? (await this.#around.jobs.add(queue, keyOf(order), order));
  }

  async #unfinished(channel: string): Promise<Job<CaptureOrder>[]> {
    const jobs = await this.#listed({ states: [...openStates] });
    return jobs.filter(({ data }) => data.channel === channel);
  }

  /** Of all processes that share the archive. */
  async #listed(filter: Omit<JobFilter, 'queue'>): Promise<Job<CaptureOrder>[]> {
    const { jobs, ownQueue } = this.#around;
    const found: Job[] = [];
    if (ownQueue !== undefined) found.push(...(await jobs.list(filter)));
    else for (const queue of this.#queues) found.push(...(await jobs.list({ ...filter, queue })));
    return found.filter(isCapture) as Job<CaptureOrder>[];
  }

  async #view(job: Job<CaptureOrder>): Promise<CaptureJob> {
    const report = this.#running.get(job.id) ?? (await this.#around.reports.get(job.id));
    return report ? { job, report } : { job };
  }

  async #handle(job: Job<CaptureOrder>, abort: AbortSignal): Promise<void> {
    const { index, clock, owner, reports, sources } = this.#around;
    const order = job.data;
    const key = keyOf(order);
    // From another queue: two at once would write the same files.
    if (this.#taken.has(key)) {
      throw new JobPostponed('CHUNK_TAKEN', 'this chunk is being captured here', clock.now() + elsewhereMs);
    }
    this.#taken.add(key);
    try {
      const channel = await this.#around.channel(order.channel);
      if (!channel) throw new JobGivenUp('CHANNEL_UNKNOWN', `there is no channel "${order.channel}" any more`);
      await this.#needStore(job, channel);
      if (sources(channel).length === 0) {
        throw new JobPostponed('SOURCE_ELSEWHERE', 'a station has to receive it', clock.now() + elsewhereMs);
      }
      const until = clock.now() + leaseMs;
      const lease = await index.claim(order.channel, order, { owner, now: clock.now(), until });
      if (!lease) throw new JobPostponed('CHUNK_TAKEN', 'another worker is at this chunk', until);
      await this.#capture(job, { channel, lease, log: this.#open(job, (await reports.get(job.id))?.log ?? []), abort });
    } finally {
      this.#taken.delete(key);
    }
  }

  async #capture(
    job: Job<CaptureOrder>,
    { channel, lease, log, abort }: Pick<CaptureTask, 'channel' | 'lease' | 'log' | 'abort'>,
  ): Promise<void> {
    const { index, clock } = this.#around;
    const order = job.data;
    const lost = new AbortController();
    const keeper = setInterval(() => {
      index.renew(lease, clock.now() + leaseMs).then(
        (isOurs) => !isOurs && lost.abort(chunkTaken()),
        // The lease outlives two failures.
        () => {},
      );
    }, leaseMs / 3);
    keeper.unref();
    const isLastAttempt = job.attempts >= this.#retry.maxAttempts;
    const task = { order, channel, lease, log, isLastAttempt, abort: AbortSignal.any([abort, lost.signal]) };
    try {
      await this.#captureWithPatience(task);
    } catch (error) {
      if (await this.#keepHere(job, error, log)) return;
      log.note(`failed: ${toReelflowError(error).message}`);
      if (isCancelled(abort)) await this.#giveUp(order);
      throw error;
    } finally {
      clearInterval(keeper);
      await index.release(lease).catch(() => {});
      log.stage('mark_chunk_not_in_progress', 'done');
      await log.end();
      this.#running.delete(job.id);
      this.#around.onEnd(order);
    }
  }

  /** A database that is away takes no attempts: another worker would not have what is in this spool. */
  async #captureWithPatience(task: CaptureTask): Promise<void> {
    for (;;) {
      try {
        return await captureChunk(task, this.#around);
      } catch (error) {
        const { code, message } = toReelflowError(error);
        if (code !== 'DATABASE_UNAVAILABLE' || task.abort.aborted) throw error;
        task.log.note(message);
        await delay(databaseAwayMs, undefined, { signal: task.abort });
      }
    }
  }

  /** What others share with us may go where we can not: then they shall have it. */
  async #needStore({ queue }: Job, { storeId }: Channel): Promise<void> {
    const { ownQueue, store, clock } = this.#around;
    if (ownQueue === undefined || queue === ownQueue) return;
    try {
      await store(storeId);
    } catch (error) {
      const { code, message } = toReelflowError(error);
      throw new JobPostponed(code, message, clock.now() + elsewhereMs);
    }
  }

  /**
   * What waits for its store lies in this spool, and so does what was captured before somebody else took the chunk: the
   * first is stored from here, the second is put together with what the other one has.
   */
  async #keepHere({ queue, data }: Job<CaptureOrder>, error: unknown, log: CaptureLog): Promise<boolean> {
    const { ownQueue, jobs, owner } = this.#around;
    const isTaken = isChunkTaken(error);
    if (ownQueue === undefined || queue === ownQueue || !(isTaken || error instanceof StoreAway)) return false;
    await jobs.add(ownQueue, keyOf(data), data);
    const why = isTaken ? 'what was captured is kept' : 'it waits for its store';
    log.note(`${toReelflowError(error).message}; ${why} at ${owner}`);
    return true;
  }

  #open(job: Job<CaptureOrder>, earlier: string[]): CaptureLog {
    const { clock, reports, onProgress } = this.#around;
    const order = job.data;
    const report: CaptureReport = {
      jobId: job.id,
      channel: order.channel,
      chunkStartMs: order.startMs,
      startedAt: clock.now(),
      stages: { mark_chunk_in_progress: 'starting' },
      progress: 0,
      bytesCaptured: 0,
      bytesStored: 0,
      segmentCount: 0,
      log: earlier,
    };
    this.#running.set(job.id, report);
    const log = new CaptureLog(report, { clock, reports, onProgress });
    const by = this.#around.ownQueue === undefined ? '' : ` by ${this.#around.owner}`;
    log.note(`attempt ${job.attempts} of chunk ${isoSeconds(order.startMs)}${by}`);
    return log;
  }

  /** Somebody wants it no more: neither what was captured nor another attempt. */
  async #giveUp(order: CaptureOrder): Promise<void> {
    const { index, spool, clock, onChunk } = this.#around;
    await spool.discard(order.channel, order.startMs);
    const reason = { code: 'JOB_CANCELLED', message: 'its capture was cancelled' };
    for (;;) {
      const before = await index.get(order.channel, order.startMs);
      // Who captured it was faster.
      if (before?.state === 'complete') return;
      const empty = before ?? emptyChunk(order.channel, order, clock.now());
      const chunk = { ...empty, state: 'missing' as const, reason, updatedAt: clock.now() };
      if (!(await index.replace(before, chunk))) continue;
      onChunk(chunk, before);
      return;
    }
  }
}

function keyOf({ channel, startMs }: CaptureOrder): string {
  return `${channel}/${isoSeconds(startMs)}`;
}

function isOpen({ state }: Job): boolean {
  return openStates.some((one) => one === state);
}

function isCapture({ queue }: Job): boolean {
  return captureQueues.some((one) => one === queue) || queue.startsWith(ownQueuePrefix);
}

function asList<T>(one: T | undefined): T[] {
  return one === undefined ? [] : [one];
}

function isCancelled(abort: AbortSignal): boolean {
  return abort.aborted && toReelflowError(abort.reason).code === 'JOB_CANCELLED';
}
