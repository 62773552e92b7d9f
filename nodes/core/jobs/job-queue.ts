export const jobStates = ['queued', 'active', 'retrying', 'completed', 'failed', 'cancelled'] as const;
export type JobState = (typeof jobStates)[number];

export interface Job<T = unknown> {
  id: string;
  /** Queue name: `deliver`, `ingest`, `upload` ... */
  queue: string;
  /** At most one unfinished job of a queue has a given key. */
  key: string;
  data: T;
  state: JobState;
  attempts: number;
  runAt: number;
  error?: { code: string; message: string };
  createdAt: number;
  updatedAt: number;
}

export interface RetryPolicy {
  /** Infinity: until it works. */
  maxAttempts: number;
  firstDelayMs: number;
  maxDelayMs: number;
}

/** An answer at once, or one that has to be waited for. */
export type Soon<T> = T | Promise<T>;

/**
 * Port: work that must be done once, survives the process, and is tried again with back-off. Machines may share a queue:
 * then each job is run by one of them, and by another when that one is gone. Rejects with DATABASE_UNAVAILABLE.
 */
export interface JobQueue {
  /** Adds a job; with an unfinished job of that key, returns that one unchanged. */
  add<T>(queue: string, key: string, data: T): Soon<Job<T>>;
  /**
   * Runs jobs of a queue with `concurrency` at once until `stop` aborts. A rejecting handler means retry; see
   * job-pause.ts for the other ways to end.
   *
   * @param options.longestPauseMs how far ahead a handler may postpone a job; default: as far as the policy goes
   */
  work<T>(
    queue: string,
    options: { concurrency: number; retry: RetryPolicy; stop: AbortSignal; longestPauseMs?: number },
    handler: (job: Job<T>, abort: AbortSignal) => Promise<void>,
  ): void;
  get(id: string): Soon<Job | undefined>;
  /** The unfinished job of a key, otherwise the last one. */
  find(queue: string, key: string): Soon<Job | undefined>;
  /** Newest first. */
  list(filter: JobFilter): Soon<Job[]>;
  /** Makes a waiting or failed job due now. */
  retry(id: string): Soon<void>;
  cancel(id: string): Soon<void>;
}

export interface JobFilter {
  queue?: string;
  states?: JobState[];
  limit?: number;
}

/**
 * The queue of one station alone. It answers at once, and what it answers with is on the disk by then: nothing else has
 * happened between a delivery's first word and its job.
 */
export interface StationJobQueue extends JobQueue {
  add<T>(queue: string, key: string, data: T): Job<T>;
  get(id: string): Job | undefined;
  find(queue: string, key: string): Job | undefined;
  list(filter: JobFilter): Job[];
  retry(id: string): void;
  cancel(id: string): void;
}
