import { randomUUID } from 'node:crypto';
import type { StatementSync } from 'node:sqlite';
import type { Job, JobFilter, JobState } from '../../core/jobs/job-queue.ts';
import type { Database } from './database.ts';
import { rowJson } from './row-json.ts';
import { inTransaction } from './transaction.ts';

const unfinished = "('queued', 'active', 'retrying')";

/** What may be claimed: due by the clock, or so far ahead that only a clock set back explains it; no key twice at once. */
const claimable = `queue = ? AND state IN ('queued', 'retrying') AND key NOT IN (SELECT value FROM json_each(?))`;

export interface ClaimFilter {
  queue: string;
  /** Keys whose handlers still run, a cancelled one perhaps. */
  busyKeys: readonly string[];
  now: number;
  /** No delay of the queue is longer than this. */
  farthestMs: number;
}

/** The table `jobs`; every change is one commit. */
export class JobTable {
  readonly #database: Database;
  readonly #insert: StatementSync;
  readonly #get: StatementSync;
  readonly #find: StatementSync;
  readonly #claim: StatementSync;
  readonly #next: StatementSync;
  readonly #settle: StatementSync;
  readonly #release: StatementSync;
  readonly #prune: StatementSync;

  constructor(database: Database) {
    this.#database = database;
    this.#insert = database.prepare(
      `INSERT INTO jobs (id, queue, key, data, state, attempts, run_at, created_at, updated_at)
       VALUES (?, ?, ?, ?, 'queued', 0, ?, ?, ?) RETURNING *`,
    );
    this.#get = database.prepare('SELECT * FROM jobs WHERE id = ?');
    this.#find = database.prepare(
      `SELECT * FROM jobs WHERE queue = ? AND key = ?
       ORDER BY state IN ${unfinished} DESC, created_at DESC, rowid DESC LIMIT 1`,
    );
    this.#claim = database.prepare(
      `UPDATE jobs SET state = 'active', attempts = attempts + 1, updated_at = ? WHERE id = (
         SELECT id FROM jobs WHERE ${claimable} AND (run_at <= ? OR run_at > ?) ORDER BY run_at, created_at LIMIT 1
       ) RETURNING *`,
    );
    this.#next = database.prepare(`SELECT min(run_at) AS run_at FROM jobs WHERE ${claimable}`);
    this.#settle = database.prepare(
      `UPDATE jobs SET state = ?, attempts = ?, run_at = ?, error = ?, updated_at = ?
       WHERE id = ? AND state = 'active'`,
    );
    this.#release = database.prepare(
      `UPDATE jobs SET state = 'retrying', run_at = ?, updated_at = ? WHERE state = 'active'`,
    );
    this.#prune = database.prepare(
      `DELETE FROM jobs WHERE state IN ('completed', 'failed', 'cancelled') AND updated_at < ?`,
    );
  }

  add(queue: string, key: string, data: unknown, now: number): Job {
    return inTransaction(this.#database, () => {
      const known = this.find(queue, key);
      if (known && isUnfinished(known.state)) return known;
      const text = JSON.stringify(data ?? null);
      const row = this.#insert.get(randomUUID(), queue, key, text, now, now, now);
      return toJob(row as Record<string, unknown>);
    });
  }

  get(id: string): Job | undefined {
    const row = this.#get.get(id);
    return row && toJob(row);
  }

  /** The unfinished job of a key, otherwise the last one. */
  find(queue: string, key: string): Job | undefined {
    const row = this.#find.get(queue, key);
    return row && toJob(row);
  }

  list({ queue, states, limit }: JobFilter): Job[] {
    const conditions = [
      ...(queue === undefined ? [] : ['queue = ?']),
      ...(states ? [`state IN (${states.map(() => '?').join(', ')})`] : []),
    ];
    const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
    const values = [...(queue === undefined ? [] : [queue]), ...(states ?? []), limit ?? -1];
    const order = 'ORDER BY created_at DESC, rowid DESC LIMIT ?';
    return this.#database
      .prepare(`SELECT * FROM jobs ${where} ${order}`)
      .all(...values)
      .map(toJob);
  }

  /** Takes the next due job, `active` from now on. */
  claim({ queue, busyKeys, now, farthestMs }: ClaimFilter): Job | undefined {
    const row = this.#claim.get(now, queue, JSON.stringify(busyKeys), now, now + farthestMs);
    return row && toJob(row);
  }

  /** When the next job of a queue is due. */
  nextRunAt(queue: string, busyKeys: readonly string[]): number | undefined {
    const at = this.#next.get(queue, JSON.stringify(busyKeys))?.['run_at'];
    return typeof at === 'number' ? at : undefined;
  }

  /** How an active job ended; one that was cancelled meanwhile stays so. */
  settle(job: Job, now: number): void {
    const error = job.error ? JSON.stringify(job.error) : null;
    this.#settle.run(job.state, job.attempts, job.runAt, error, now, job.id);
  }

  /** Makes a waiting or failed job due now, with all its attempts before it. */
  makeDue(id: string, now: number): void {
    inTransaction(this.#database, () => {
      const job = this.get(id);
      if (!job) return;
      const other = this.find(job.queue, job.key);
      // A failed job whose key has a newer one: that one does the work.
      const target = other && isUnfinished(other.state) ? other : job;
      this.#database
        .prepare(
          `UPDATE jobs SET run_at = ?, updated_at = ?,
             attempts = CASE state WHEN 'failed' THEN 0 ELSE attempts END,
             state = CASE state WHEN 'failed' THEN 'queued' ELSE state END
           WHERE id = ? AND state IN ('queued', 'retrying', 'failed')`,
        )
        .run(now, now, target.id);
    });
  }

  cancel(id: string, now: number): void {
    this.#database
      .prepare(
        `UPDATE jobs SET state = 'cancelled', updated_at = ? WHERE id = ? AND state NOT IN ('completed', 'cancelled')`,
      )
      .run(now, id);
  }

  /** Jobs that a dead process was at are due again. */
  releaseActive(now: number): number {
    return Number(this.#release.run(now, now).changes);
  }

  prune(before: number): void {
    this.#prune.run(before);
  }
}

function isUnfinished(state: JobState): boolean {
  return state === 'queued' || state === 'active' || state === 'retrying';
}

function toJob(row: Record<string, unknown>): Job {
  const error = rowJson<NonNullable<Job['error']>>(row, 'error');
  return {
    id: String(row['id']),
    queue: String(row['queue']),
    key: String(row['key']),
    data: rowJson(row, 'data'),
    state: row['state'] as JobState,
    attempts: Number(row['attempts']),
    runAt: Number(row['run_at']),
    ...(error ? { error } : {}),
    createdAt: Number(row['created_at']),
    updatedAt: Number(row['updated_at']),
  };
}
