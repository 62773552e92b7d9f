import { type Db, type JobWithMetadata, PgBoss } from 'pg-boss';
import type { Job, JobFilter, JobState } from '../../core/jobs/job-queue.ts';
import type { Log } from '../../core/log.ts';
import { connectionTo } from './shared-database.ts';

/** What pg-boss keeps as a job's data. Secrets have no place in it. */
interface Content {
  data: unknown;
  /** Of the times that it was fetched: those that were no attempt. */
  uncounted: number;
  error?: { code: string; message: string };
}

/** A job with what names this run of it: a worker that was taken for dead must not end somebody else's run. */
export interface FetchedJob {
  job: Job;
  retryCount: number;
  content: Content;
}

type Row = Pick<
  JobWithMetadata<Content>,
  'id' | 'name' | 'data' | 'state' | 'retryCount' | 'startAfter' | 'createdOn' | 'startedOn' | 'completedOn'
> & { singletonKey: string | null };

const schema = 'reelflow_jobs';
/** Who is away for so long is taken for dead: its jobs are due again. */
export const heartbeatSeconds = 30;
const superviseSeconds = 10;
const keepFinishedSeconds = 30 * 24 * 3600;
/** What waits is not thrown away because it waits long. */
const keepWaitingSeconds = 10 * 365 * 24 * 3600;
const longestRunSeconds = 24 * 3600;
/** When to try no more is said by the queue's policy. */
const withoutLimit = 1_000_000_000;
const connections = 3;
const mostAddTries = 20;
const columns = `id, name, data, state, retry_count AS "retryCount", start_after AS "startAfter",
  singleton_key AS "singletonKey", created_on AS "createdOn", started_on AS "startedOn", completed_on AS "completedOn"`;
/**
 * pg-boss has indexes for what waits and runs. A job is also looked for by its key and its id, and listed by age, among
 * those of a month. One process at a time: PostgreSQL fails where two make the same index at once.
 */
const indexSql = `
  SELECT pg_advisory_xact_lock(hashtext('${schema}'));
  CREATE INDEX IF NOT EXISTS reelflow_by_key ON ${schema}.job (singleton_key, created_on);
  CREATE INDEX IF NOT EXISTS reelflow_by_id ON ${schema}.job (id);
  CREATE INDEX IF NOT EXISTS reelflow_by_age ON ${schema}.job (created_on)`;
/** As pg-boss's own index of these says it. */
const unfinishedSql = `state <= 'active' AND policy = 'exclusive'`;
const states: Record<Row['state'], JobState> = {
  created: 'queued',
  retry: 'retrying',
  active: 'active',
  completed: 'completed',
  cancelled: 'cancelled',
  failed: 'failed',
};

/** Jobs as pg-boss keeps them; every change is one transaction. All waits are by the database's clock. */
export class BossJobs {
  readonly #boss: PgBoss;
  readonly #queues = new Map<string, Promise<void>>();

  private constructor(boss: PgBoss) {
    this.#boss = boss;
  }

  /** Makes what is missing in the database. */
  static async open(url: string, log: Log): Promise<BossJobs> {
    const boss = new PgBoss({
      ...connectionTo(url, 'jobs'),
      schema,
      max: connections,
      schedule: false,
      supervise: false,
      superviseIntervalSeconds: superviseSeconds,
      monitorIntervalSeconds: superviseSeconds,
    } as ConstructorParameters<typeof PgBoss>[0]);
    // Said again by whoever asks for something.
    boss.on('error', (error) => log.debug(`jobs: ${error.message}`));
    boss.on('warning', ({ message }) => log.debug(`jobs: ${message}`));
    await boss.start();
    try {
      await boss.getDb().executeSql(indexSql);
    } catch (error) {
      await boss.stop({ graceful: false });
      throw error;
    }
    return new BossJobs(boss);
  }

  async close(): Promise<void> {
    await this.#boss.stop({ graceful: false });
  }

  async add(queue: string, key: string, data: unknown): Promise<{ job: Job; isNew: boolean }> {
    await this.#make(queue);
    const content: Content = { data, uncounted: 0 };
    for (let tries = 1; ; tries++) {
      const id = await this.#boss.send(queue, content, { singletonKey: key });
      const job = id === null ? await this.find(queue, key) : await this.get(id);
      // Fetched already, perhaps.
      if (job && id !== null) return { job: { ...job, state: 'queued', attempts: 0 }, isNew: true };
      if (job && isUnfinished(job.state)) return { job, isNew: false };
      // The one that stood in the way has just ended.
      if (tries >= mostAddTries) throw new Error(`the job ${key} of ${queue} can not be added`);
    }
  }

  async get(id: string): Promise<Job | undefined> {
    return (await this.#row(id))?.job;
  }

  /** The unfinished job of a key, otherwise the last one. */
  async find(queue: string, key: string): Promise<Job | undefined> {
    const where = 'name = $1 AND singleton_key = $2';
    const order = `state IN ('created', 'retry', 'active') DESC, created_on DESC LIMIT 1`;
    return (await this.#select(where, order, [queue, key]))[0]?.job;
  }

  async list({ queue, states: wanted, limit }: JobFilter): Promise<Job[]> {
    const own = (Object.keys(states) as Row['state'][]).filter((one) => wanted?.includes(states[one]) ?? true);
    const isOpen = wanted?.every(isUnfinished) ?? false;
    const where = `${isOpen ? unfinishedSql : 'true'} AND state::text = ANY ($1) AND ($2::text IS NULL OR name = $2)`;
    const found = await this.#select(where, 'created_on DESC LIMIT $3', [own, queue ?? null, limit ?? null]);
    return found.map(({ job }) => job);
  }

  /** Takes the next due job, `active` from now on. */
  async fetch(queue: string): Promise<FetchedJob | undefined> {
    await this.#make(queue);
    const [row] = await this.#boss.fetch<Content>(queue, { batchSize: 1, includeMetadata: true });
    return row && fetchedOf(row as Row);
  }

  /** Until the next job of a queue is due, ms. */
  async nextDueInMs(queue: string): Promise<number | undefined> {
    const { rows } = await this.#database.executeSql(
      `SELECT 1000 * extract(epoch FROM min(start_after) - clock_timestamp()) AS ms FROM ${schema}.job
       WHERE name = $1 AND state < 'active' AND NOT blocked`,
      [queue],
    );
    const [row] = rows as { ms: string | null }[];
    return row?.ms == null ? undefined : Number(row.ms);
  }

  /** How a run has ended. False when it was no longer this worker's: cancelled, or somebody else's by now. */
  async settle({ job: { id, queue }, retryCount, content }: FetchedJob, ended: Job, now: number): Promise<boolean> {
    const run = { id, retryCount };
    if (ended.state === 'completed') return isOne(await this.#boss.complete(queue, run));
    return await this.#transaction(async (db) => {
      if (!isOne(await this.#boss.fail(queue, run, null, { db }))) return false;
      const attempt = retryCount + 1 - content.uncounted;
      const { error } = ended;
      const next: Content = {
        data: content.data,
        uncounted: content.uncounted + attempt - ended.attempts,
        ...(error ? { error } : {}),
      };
      await this.#change(queue, id, { content: next, inMs: ended.runAt - now, db });
      if (ended.state === 'failed') await this.#failForGood(queue, id, db);
      return true;
    });
  }

  /** Makes a waiting or failed job due now, with all its attempts before it. Answers with its queue. */
  async makeDue(id: string): Promise<string | undefined> {
    const row = await this.#row(id);
    if (!row) return undefined;
    const { job, retryCount, content } = row;
    if (job.state !== 'failed') {
      await this.#change(job.queue, id, { inMs: 0 });
      return job.queue;
    }
    // A failed job whose key has a newer one: that one does the work.
    const other = await this.find(job.queue, job.key);
    if (other && isUnfinished(other.state)) return await this.makeDue(other.id);
    const fresh = { ...content, uncounted: retryCount + 1 };
    await this.#transaction(async (db) => {
      await this.#boss.retry(job.queue, id, { db });
      await this.#change(job.queue, id, { content: fresh, inMs: 0, db });
      await this.#boss.update(job.queue, undefined, { id, retryLimit: withoutLimit, db });
    });
    return job.queue;
  }

  async cancel(id: string): Promise<Job | undefined> {
    const job = await this.get(id);
    if (!job) return undefined;
    const { queue, state } = job;
    if (isUnfinished(state)) await this.#boss.cancel(queue, id);
    else if (state === 'failed') {
      const other = await this.find(queue, job.key);
      // pg-boss has no way from failed to cancelled but by a job that waits, and one of the key waits already.
      if (other && isUnfinished(other.state)) return job;
      await this.#transaction(async (db) => {
        await this.#boss.retry(queue, id, { db });
        await this.#boss.cancel(queue, id, { db });
      });
    }
    return job;
  }

  /** Says that these runs go on; answers with the state of those that are no longer this worker's. */
  async touch(queue: string, runs: readonly FetchedJob[]): Promise<Map<string, JobState | undefined>> {
    const attempts = runs.map(({ job: { id }, retryCount }) => ({ id, retryCount }));
    await this.#boss.touch(queue, attempts);
    const ids = attempts.map(({ id }) => id);
    const rows = await this.#select('id = ANY ($1::uuid[])', 'created_on', [ids]);
    const lost = new Map<string, JobState | undefined>();
    for (const { id, retryCount } of attempts) {
      const row = rows.find(({ job }) => job.id === id);
      if (row?.job.state !== 'active' || row.retryCount !== retryCount) lost.set(id, row?.job.state);
    }
    return lost;
  }

  /** Makes the jobs of the dead due again, and removes old ones; done once however many ask for it within ten seconds. */
  async supervise(): Promise<void> {
    await this.#boss.supervise();
  }

  /** Calls out to all who listen. */
  async tell(channel: string, text: string): Promise<void> {
    await this.#database.executeSql('SELECT pg_notify($1, $2)', [channel, text]);
  }

  get #database(): Db {
    return this.#boss.getDb();
  }

  async #make(queue: string): Promise<void> {
    const made =
      this.#queues.get(queue) ??
      this.#boss.createQueue(queue, {
        policy: 'exclusive',
        heartbeatSeconds,
        expireInSeconds: longestRunSeconds,
        retentionSeconds: keepWaitingSeconds,
        deleteAfterSeconds: keepFinishedSeconds,
        retryLimit: withoutLimit,
        retryDelay: 0,
      });
    this.#queues.set(queue, made);
    try {
      await made;
    } catch (error) {
      this.#queues.delete(queue);
      throw error;
    }
  }

  async #change(queue: string, id: string, change: { content?: Content; inMs: number; db?: Db }): Promise<void> {
    const { content, inMs, db } = change;
    const startAfter = `${Math.max(0, inMs) / 1000} seconds`;
    await this.#boss.update(queue, content as object | undefined, { id, startAfter, ...(db ? { db } : {}) });
  }

  async #failForGood(queue: string, id: string, db: Db): Promise<void> {
    await this.#boss.update(queue, undefined, { id, retryLimit: 0, db });
    await this.#boss.fail(queue, id, null, { db });
  }

  async #row(id: string): Promise<FetchedJob | undefined> {
    // Anything else is nobody's, and no error of the database.
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) return undefined;
    return (await this.#select('id = $1::uuid', 'created_on', [id]))[0];
  }

  async #select(where: string, order: string, values: unknown[]): Promise<FetchedJob[]> {
    const text = `SELECT ${columns} FROM ${schema}.job WHERE ${where} ORDER BY ${order}`;
    const { rows } = await this.#database.executeSql(text, values);
    return (rows as Row[]).map(fetchedOf);
  }

  async #transaction<T>(work: (db: Db) => Promise<T>): Promise<T> {
    const transaction = await this.#database.beginTransaction?.();
    if (!transaction) throw new Error('the database has no transactions');
    try {
      const result = await work(transaction.db);
      await transaction.commit();
      return result;
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
  }
}

function fetchedOf(row: Row): FetchedJob {
  const content = row.data;
  const state = states[row.state];
  const { startAfter, createdOn, startedOn, completedOn } = row;
  const changes = [createdOn, startedOn, completedOn].map((at) => at?.getTime() ?? 0);
  const job: Job = {
    id: row.id,
    queue: row.name,
    key: row.singletonKey ?? '',
    data: content.data,
    state,
    attempts: startedOn ? row.retryCount + 1 - content.uncounted : 0,
    runAt: new Date(startAfter).getTime(),
    ...(content.error && state !== 'completed' ? { error: content.error } : {}),
    createdAt: createdOn.getTime(),
    updatedAt: Math.max(...changes),
  };
  return { job, retryCount: row.retryCount, content };
}

function isUnfinished(state: JobState): boolean {
  return state === 'queued' || state === 'active' || state === 'retrying';
}

function isOne(answer: object): boolean {
  return 'affected' in answer && answer.affected === 1;
}
