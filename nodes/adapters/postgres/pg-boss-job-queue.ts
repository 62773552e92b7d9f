import { setTimeout as delay } from 'node:timers/promises';
import { ReelflowError } from '../../core/errors.ts';
import { asCompleted, asHandedBack, asRejected } from '../../core/jobs/job-outcome.ts';
import type { Job, JobFilter, JobQueue, RetryPolicy } from '../../core/jobs/job-queue.ts';
import type { Log } from '../../core/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import { BossJobs, type FetchedJob, heartbeatSeconds } from './boss-jobs.ts';
import { PostgresNotices } from './notices.ts';
import { sharedDatabaseError } from './shared-database.ts';

type Handler = (job: Job, abort: AbortSignal) => Promise<void>;

interface Run {
  fetched: FetchedJob;
  abort: AbortController;
  ended: Promise<void>;
}

interface Worker {
  queue: string;
  concurrency: number;
  retry: RetryPolicy;
  stop: AbortSignal;
  handler: Handler;
  running: Map<string, Run>;
  /** Ends the pause before the next look. */
  wake: () => void;
}

export interface PgBossOptions {
  clock: Clock;
  log: Log;
  /** The database went away (with the reason), or is back. Runs go on meanwhile. */
  onDatabase?: (trouble: ReelflowError | undefined) => void;
}

const channel = 'reelflow_jobs';
/** What nobody calls out, such as the jobs of a worker that died, is found by looking. */
const longestPauseMs = 5000;
const heartbeatMs = 10_000;
/** After the database was away nobody could give a sign of life: so long none is missed. */
const graceMs = (heartbeatSeconds + 10) * 1000;
/** Somebody who does not hear yet does not hear of a cancellation. */
const readyMs = 5000;
/** Between tries while the database is away. */
const awayMs = 2000;
/** What can not be handed back within this is due again when its sign of life is missed. */
const closeMs = 5000;

/**
 * Jobs in PostgreSQL, by pg-boss, shared by stations and workers: a job is run by whoever takes it first, and by another
 * one when that worker gives no sign of life any more. Every wait has an end; notices only shorten it.
 */
export class PgBossJobQueue implements JobQueue {
  readonly #url: string;
  readonly #jobs: BossJobs;
  readonly #notices: PostgresNotices;
  readonly #options: PgBossOptions;
  readonly #workers = new Map<string, Worker>();
  readonly #loops = new Set<Promise<void>>();
  readonly #heartbeat: NodeJS.Timeout;
  #trouble: ReelflowError | undefined;
  #backAtMs = Number.NEGATIVE_INFINITY;
  readonly #closing = new AbortController();

  private constructor(url: string, jobs: BossJobs, options: PgBossOptions) {
    this.#url = url;
    this.#jobs = jobs;
    this.#options = options;
    this.#notices = new PostgresNotices(url, channel, options.log);
    this.#notices.onNotice((text) => this.#hear(text));
    this.#notices.onGap(() => {
      this.#wakeAll();
      void this.#beat();
    });
    this.#heartbeat = setInterval(() => void this.#beat().then(() => this.#supervise()), heartbeatMs);
    this.#heartbeat.unref();
  }

  /** Makes the tables that are missing. Rejects with DATABASE_UNAVAILABLE. */
  static async open(url: string, options: PgBossOptions): Promise<PgBossJobQueue> {
    try {
      const queue = new PgBossJobQueue(url, await BossJobs.open(url, options.log), options);
      await atMost(queue.#notices.ready, AbortSignal.timeout(readyMs));
      return queue;
    } catch (error) {
      throw sharedDatabaseError(error, url);
    }
  }

  /** To be called when all workers have been stopped: hands back what they were at, as far as the database lets it. */
  async close(): Promise<void> {
    await atMost(Promise.all(this.#loops), AbortSignal.timeout(closeMs));
    this.#closing.abort();
    clearInterval(this.#heartbeat);
    await atMost(Promise.allSettled([this.#notices.close(), this.#jobs.close()]), AbortSignal.timeout(closeMs));
  }

  async add<T>(queue: string, key: string, data: T): Promise<Job<T>> {
    const { job, isNew } = await this.#ask(() => this.#jobs.add(queue, key, data));
    if (isNew) this.#call({ due: queue });
    return job as Job<T>;
  }

  work<T>(
    queue: string,
    options: { concurrency: number; retry: RetryPolicy; stop: AbortSignal },
    handler: (job: Job<T>, abort: AbortSignal) => Promise<void>,
  ): void {
    if (this.#workers.has(queue)) throw new ReelflowError('QUEUE_TAKEN', `queue "${queue}" has a worker already`);
    const { concurrency, retry, stop } = options;
    if (stop.aborted) return;
    const own = handler as Handler;
    const worker: Worker = { queue, concurrency, retry, stop, handler: own, running: new Map(), wake: () => {} };
    this.#workers.set(queue, worker);
    const end = (): void => {
      this.#workers.delete(queue);
      for (const { abort } of worker.running.values()) abort.abort(stop.reason);
      worker.wake();
    };
    stop.addEventListener('abort', end, { once: true });
    const loop = this.#loop(worker).finally(() => this.#loops.delete(loop));
    this.#loops.add(loop);
  }

  async get(id: string): Promise<Job | undefined> {
    return await this.#ask(() => this.#jobs.get(id));
  }

  async find(queue: string, key: string): Promise<Job | undefined> {
    return await this.#ask(() => this.#jobs.find(queue, key));
  }

  async list(filter: JobFilter): Promise<Job[]> {
    return await this.#ask(() => this.#jobs.list(filter));
  }

  async retry(id: string): Promise<void> {
    const queue = await this.#ask(() => this.#jobs.makeDue(id));
    if (queue !== undefined) this.#call({ due: queue });
  }

  /** The handler of a running job hears its abort signal, wherever it runs. */
  async cancel(id: string): Promise<void> {
    const job = await this.#ask(() => this.#jobs.cancel(id));
    if (!job) return;
    this.#abort(id);
    if (job.state === 'active') this.#call({ cancelled: id });
  }

  async #loop(worker: Worker): Promise<void> {
    while (!worker.stop.aborted) {
      const { promise: woken, resolve } = Promise.withResolvers<void>();
      worker.wake = resolve;
      const pauseMs = await this.#startDue(worker);
      const pause = new AbortController();
      await Promise.race([woken, delay(pauseMs, undefined, { signal: pause.signal, ref: false }).catch(() => {})]);
      pause.abort();
    }
    await Promise.all([...worker.running.values()].map(({ ended }) => ended));
  }

  /** Answers with how long to wait before the next look, ms. */
  async #startDue(worker: Worker): Promise<number> {
    const { queue, stop, running, concurrency } = worker;
    try {
      // One at a time: other workers shall have their share.
      while (!stop.aborted && running.size < concurrency) {
        const fetched = await this.#jobs.fetch(queue);
        this.#hearDatabase(undefined);
        if (!fetched) {
          const nextMs = (await this.#jobs.nextDueInMs(queue)) ?? longestPauseMs;
          return Math.min(longestPauseMs, Math.max(1, Math.ceil(nextMs)));
        }
        this.#start(worker, fetched);
      }
      return longestPauseMs;
    } catch (error) {
      this.#hearDatabase(sharedDatabaseError(error, this.#url));
      return awayMs;
    }
  }

  #start(worker: Worker, fetched: FetchedJob): void {
    const { id, key } = fetched.job;
    // One that was cancelled may still be leaving: two at once would write the same files.
    const before = [...worker.running.values()].filter((run) => run.fetched.job.key === key).map(({ ended }) => ended);
    const abort = new AbortController();
    if (worker.stop.aborted) abort.abort(worker.stop.reason);
    const run: Run = { fetched, abort, ended: Promise.resolve() };
    run.ended = Promise.all(before)
      .then(() => this.#run(worker, fetched, abort.signal))
      .finally(() => {
        worker.running.delete(id);
        worker.wake();
      });
    worker.running.set(id, run);
  }

  async #run(worker: Worker, fetched: FetchedJob, abort: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    const { job } = fetched;
    let ended: Job;
    try {
      abort.throwIfAborted();
      await worker.handler(job, abort);
      ended = asCompleted(job);
    } catch (thrown) {
      const now = clock.now();
      ended = worker.stop.aborted ? asHandedBack(job, now) : asRejected(job, thrown, worker.retry, { now, log });
    }
    await this.#settle(fetched, ended);
    if (ended.state === 'retrying') this.#call({ due: job.queue });
  }

  /** Tried until the database takes it: a job that is over must not stay `active`. */
  async #settle(fetched: FetchedJob, ended: Job): Promise<void> {
    const { clock, log } = this.#options;
    while (!this.#closing.signal.aborted) {
      try {
        const isOurs = await this.#jobs.settle(fetched, ended, clock.now());
        if (!isOurs) log.debug(`jobs: ${ended.queue} ${ended.key} was no longer ours when it ended`);
        return;
      } catch (error) {
        this.#hearDatabase(sharedDatabaseError(error, this.#url));
        await delay(awayMs, undefined, { ref: false, signal: this.#closing.signal }).catch(() => {});
      }
    }
  }

  /** A sign of life for what runs here; a cancelled job of which no notice came is found as well. */
  async #beat(): Promise<void> {
    for (const { queue, running } of this.#workers.values()) {
      const runs = [...running.values()].map(({ fetched }) => fetched);
      if (runs.length === 0) continue;
      try {
        const lost = await this.#jobs.touch(queue, runs);
        // Who is at as many jobs as it may asks for no other, and would not notice.
        this.#hearDatabase(undefined);
        for (const [id, state] of lost) if (state === 'cancelled') this.#abort(id);
      } catch (error) {
        this.#hearDatabase(sharedDatabaseError(error, this.#url));
      }
    }
  }

  async #supervise(): Promise<void> {
    const { clock, log } = this.#options;
    if (this.#trouble || clock.monotonicMs() - this.#backAtMs < graceMs) return;
    // Somebody else does it, or we the next time.
    await this.#jobs
      .supervise()
      .catch((error: unknown) => log.debug(`jobs: ${sharedDatabaseError(error, this.#url).message}`));
  }

  #abort(id: string): void {
    const reason = new ReelflowError('JOB_CANCELLED', `job ${id} was cancelled`);
    for (const worker of this.#workers.values()) worker.running.get(id)?.abort.abort(reason);
  }

  #call(notice: { due: string } | { cancelled: string }): void {
    this.#jobs.tell(channel, JSON.stringify(notice)).catch(() => {
      // They look by themselves.
    });
  }

  #hear(text: string): void {
    let notice: { due?: unknown; cancelled?: unknown };
    try {
      notice = JSON.parse(text) as typeof notice;
    } catch {
      return;
    }
    if (typeof notice.due === 'string') this.#workers.get(notice.due)?.wake();
    if (typeof notice.cancelled === 'string') this.#abort(notice.cancelled);
  }

  #wakeAll(): void {
    for (const worker of this.#workers.values()) worker.wake();
  }

  async #ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw sharedDatabaseError(error, this.#url);
    }
  }

  #hearDatabase(trouble: ReelflowError | undefined): void {
    // It has many words for being away: one of them is enough.
    if (!trouble === !this.#trouble) return;
    const { clock, log, onDatabase } = this.#options;
    if (trouble) log.error(`${trouble.message}; what runs goes on, and is stored when the database is back`);
    else {
      log.info('REELFLOW_DATABASE: it answers again');
      this.#backAtMs = clock.monotonicMs();
    }
    this.#trouble = trouble;
    onDatabase?.(trouble);
  }
}

/** Settles with the work, or when the limit is over. */
async function atMost(work: Promise<unknown>, limit: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  limit.addEventListener('abort', () => resolve(), { once: true });
  await Promise.race([work, promise]);
}
