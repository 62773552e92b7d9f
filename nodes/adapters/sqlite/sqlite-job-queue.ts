import { setTimeout as delay } from 'node:timers/promises';
import { ReelflowError, toReelflowError } from '../../core/errors.ts';
import { asCompleted, asHandedBack, asRejected } from '../../core/jobs/job-outcome.ts';
import type { Job, JobFilter, RetryPolicy, StationJobQueue } from '../../core/jobs/job-queue.ts';
import type { Log } from '../../core/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import type { Database } from './database.ts';
import { JobTable } from './job-table.ts';

type Handler = (job: Job, abort: AbortSignal) => Promise<void>;

interface Worker {
  queue: string;
  concurrency: number;
  retry: RetryPolicy;
  stop: AbortSignal;
  longestPauseMs?: number;
  handler: Handler;
  running: Map<string, { key: string; abort: AbortController }>;
}

/** The wall clock may be set: a far target is looked at again after this. */
const longestSleepMs = 60_000;
/** Between tries when the database itself does not take a change (a full disk). */
const databaseRetryMs = 5000;
const keepFinishedMs = 30 * 24 * 3600_000;

/**
 * Jobs in the station's database. One timer sleeps until the next job is due; nothing polls. The station is the only
 * process that works on the file, so what is `active` when it opens was left by one that died, and is due again.
 */
export class SqliteJobQueue implements StationJobQueue {
  readonly #database: Database;
  readonly #table: JobTable;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #workers = new Map<string, Worker>();
  #timer: NodeJS.Timeout | undefined;

  constructor(database: Database, options: { clock: Clock; log: Log }) {
    this.#database = database;
    this.#table = new JobTable(database);
    this.#clock = options.clock;
    this.#log = options.log;
    const left = this.#table.releaseActive(this.#now());
    if (left > 0) this.#log.info(`jobs: ${left} left unfinished by the last run are taken up again`);
    this.#table.prune(this.#now() - keepFinishedMs);
  }

  add<T>(queue: string, key: string, data: T): Job<T> {
    const job = this.#table.add(queue, key, data, this.#now());
    this.#wake();
    return job as Job<T>;
  }

  /** Throws QUEUE_TAKEN: one worker has a queue, with as much concurrency as it likes. */
  work<T>(
    queue: string,
    options: { concurrency: number; retry: RetryPolicy; stop: AbortSignal; longestPauseMs?: number },
    handler: (job: Job<T>, abort: AbortSignal) => Promise<void>,
  ): void {
    if (this.#workers.has(queue)) throw new ReelflowError('QUEUE_TAKEN', `queue "${queue}" has a worker already`);
    if (options.stop.aborted) return;
    const worker: Worker = { queue, ...options, handler: handler as Handler, running: new Map() };
    this.#workers.set(queue, worker);
    options.stop.addEventListener(
      'abort',
      () => {
        this.#workers.delete(queue);
        for (const { abort } of worker.running.values()) abort.abort(options.stop.reason);
      },
      { once: true },
    );
    this.#wake();
  }

  get(id: string): Job | undefined {
    return this.#table.get(id);
  }

  find(queue: string, key: string): Job | undefined {
    return this.#table.find(queue, key);
  }

  list(filter: JobFilter): Job[] {
    return this.#table.list(filter);
  }

  retry(id: string): void {
    this.#table.makeDue(id, this.#now());
    this.#wake();
  }

  /** The handler of a running job hears its abort signal. */
  cancel(id: string): void {
    this.#table.cancel(id, this.#now());
    for (const worker of this.#workers.values()) worker.running.get(id)?.abort.abort(cancelled(id));
  }

  #now(): number {
    return Math.round(this.#clock.now());
  }

  /** Never inside the caller: a handler must not run before add() has returned. */
  #wake(inMs = 0): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#dispatch(), inMs);
    this.#timer.unref();
  }

  #dispatch(): void {
    if (!this.#database.isOpen) return;
    try {
      let sleepMs: number | undefined;
      for (const worker of this.#workers.values()) {
        this.#startDue(worker);
        if (worker.running.size >= worker.concurrency) continue;
        const next = this.#table.nextRunAt(worker.queue, busyKeys(worker));
        if (next !== undefined) sleepMs = Math.min(sleepMs ?? longestSleepMs, Math.max(0, next - this.#now()));
      }
      if (sleepMs !== undefined) this.#wake(sleepMs);
    } catch (error) {
      this.#log.error(`jobs: ${toReelflowError(error).message}; tried again in ${databaseRetryMs / 1000} s`);
      this.#wake(databaseRetryMs);
    }
  }

  #startDue(worker: Worker): void {
    const farthestMs = Math.max(worker.retry.maxDelayMs, worker.longestPauseMs ?? 0) * 2;
    while (worker.running.size < worker.concurrency) {
      const filter = { queue: worker.queue, busyKeys: busyKeys(worker), now: this.#now(), farthestMs };
      const job = this.#table.claim(filter);
      if (!job) return;
      const abort = new AbortController();
      worker.running.set(job.id, { key: job.key, abort });
      void this.#run(worker, job, abort.signal);
    }
  }

  async #run(worker: Worker, job: Job, abort: AbortSignal): Promise<void> {
    let ended: Job;
    try {
      await worker.handler(job, abort);
      ended = asCompleted(job);
    } catch (thrown) {
      const now = this.#now();
      const around = { now, log: this.#log };
      ended = worker.stop.aborted ? asHandedBack(job, now) : asRejected(job, thrown, worker.retry, around);
    }
    await this.#settle(ended);
    worker.running.delete(job.id);
    this.#wake();
  }

  /** Tried until the database takes it: a job that is over must not stay `active`. */
  async #settle(job: Job): Promise<void> {
    while (this.#database.isOpen) {
      try {
        this.#table.settle(job, this.#now());
        if (job.state === 'completed') this.#table.prune(this.#now() - keepFinishedMs);
        return;
      } catch (error) {
        this.#log.error(
          `jobs: the end of ${job.queue} ${job.key} is not stored yet: ${toReelflowError(error).message}`,
        );
        await delay(databaseRetryMs, undefined, { ref: false });
      }
    }
  }
}

function busyKeys(worker: Worker): string[] {
  return [...worker.running.values()].map(({ key }) => key);
}

function cancelled(id: string): ReelflowError {
  return new ReelflowError('JOB_CANCELLED', `job ${id} was cancelled`);
}
