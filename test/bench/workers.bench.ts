import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openArchiveDatabase } from '../../nodes/adapters/archive/database/archive-database.ts';
import { postgresDialect } from '../../nodes/adapters/archive/database/postgres-dialect.ts';
import { SqlChannelStore } from '../../nodes/adapters/archive/database/sql-channel-store.ts';
import { FolderMark } from '../../nodes/adapters/archive/folder-mark.ts';
import { PgBossJobQueue } from '../../nodes/adapters/postgres/pg-boss-job-queue.ts';
import type { CaptureOrder } from '../../nodes/core/archive/archive.ts';
import { changedChannel } from '../../nodes/core/archive/channel-rules.ts';
import { isoSeconds } from '../../nodes/core/archive/chunk-key.ts';
import { chunkSpans } from '../../nodes/core/archive/chunk-plan.ts';
import { LiveHls } from '../fixtures/live-hls.ts';
import { writePastHls } from '../fixtures/past-hls.ts';
import { type Postgres, startPostgres } from '../fixtures/postgres.ts';
import { quietLog } from '../fixtures/recording-bench.ts';
import { startStation } from '../fixtures/station.ts';
import { until } from '../fixtures/until.ts';
import type { Bench, Figure } from './bench.ts';
import { endedChildrenMs, machineIdleMs, processorMs, processTree } from './process-tree.ts';

const chunkMs = 4000;
const seconds = 1600;
const numbers = [1, 2, 3];
const clock = { now: () => Date.now(), monotonicMs: () => performance.now() };

/** Whether an archive that has fallen behind catches up sooner with more workers, for as long as there is a core for them. */
export const bench: Bench = {
  title: 'Workers of the live archive',
  method:
    `${(seconds * 1000) / chunkMs} chunks of ${chunkMs / 1000} s that a source still has are made up for by one, two and three ` +
    'worker processes, into one folder, with PostgreSQL and the source on the same machine. Chunks from the first to the last ' +
    'that ends; processor time of each, and what was left of the machine, in the same time.',
  async run(): Promise<Figure[]> {
    const folder = await mkdtemp(join(tmpdir(), 'reelflow-bench-workers-'));
    const postgres = await startPostgres();
    const source = await LiveHls.serve(join(folder, 'source'));
    const startMs = Math.floor(Date.now() / chunkMs) * chunkMs - seconds * 1000;
    await writePastHls(source.folder, { startMs, seconds });
    try {
      const results: Result[] = [];
      for (const count of numbers) results.push(await measure({ folder, postgres, source, startMs, count }));
      return numbers.flatMap((count, index) => figuresOf(count, results[index], results[0]));
    } finally {
      await source.close();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

interface Result {
  /** Chunks a second. */
  rate: number;
  /** Percent of a core. */
  workers: number;
  postgres: number;
  source: number;
  /** Percent of all cores. */
  idle: number;
}

function figuresOf(count: number, result: Result | undefined, one: Result | undefined): Figure[] {
  if (!result || !one) return [];
  const by = `${count} ${count === 1 ? 'worker' : 'workers'}`;
  const against: Figure = { what: `Chunks stored by ${by}, against one`, value: result.rate / one.rate, unit: 'ratio' };
  return [
    { what: `Chunks stored by ${by}`, value: result.rate, unit: 'per second' },
    ...(count === 1 ? [] : [against]),
    { what: `Processor: ${by}`, value: result.workers, unit: '% of a core' },
    { what: `Processor: PostgreSQL, with ${by}`, value: result.postgres, unit: '% of a core' },
    { what: `Processor: the source, with ${by}`, value: result.source, unit: '% of a core' },
    { what: `Left of the machine, with ${by}`, value: result.idle, unit: '% of all cores' },
  ];
}

interface Round {
  folder: string;
  postgres: Postgres;
  source: LiveHls;
  startMs: number;
  count: number;
}

async function measure({ folder, postgres, source, startMs, count }: Round): Promise<Result> {
  const url = await postgres.createDatabase(`bench${count}`);
  const data = join(folder, `data-${count}`);
  await mkdir(join(data, 'archive'), { recursive: true });
  const database = await openArchiveDatabase(await postgresDialect(url));
  await new FolderMark(join(data, 'archive'), database, { mayMake: true }).check();
  const change = { sourceUrls: [source.url], chunkMs, storeId: 'folder' };
  await new SqlChannelStore(database).put(changedChannel('news', undefined, change, startMs));
  const jobs = await PgBossJobQueue.open(url, { clock, log: quietLog });
  const spans = chunkSpans({ startMs, endMs: startMs + seconds * 1000 }, chunkMs);
  for (const span of spans) {
    const order: CaptureOrder = { channel: 'news', ...span };
    await jobs.add('archive-backfill', `news/${isoSeconds(span.startMs)}`, order);
  }
  const env = { REELFLOW_ROLE: 'worker', REELFLOW_DATABASE: url };
  const workers = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      startStation({ dataRoot: data, env: { ...env, REELFLOW_AGENT: `w${index}` } }),
    ),
  );
  try {
    const ended = async () => (await jobs.list({ states: ['completed', 'failed'] })).map(({ updatedAt }) => updatedAt);
    const use = meter({ workers: () => workers.flatMap(({ pid }) => processTree(pid)), postgres, source: process.pid });
    await until(async () => (await ended()).length > 0, { what: 'the first chunk', timeoutMs: 60_000 });
    const before = use();
    await until(async () => (await ended()).length === spans.length, {
      what: 'all chunks',
      timeoutMs: 600_000,
      everyMs: 500,
    });
    const after = use();
    assert.equal((await jobs.list({ states: ['failed'] })).length, 0);
    const times = (await ended()).sort((a, b) => a - b);
    const share = (key: 'workers' | 'postgres' | 'source' | 'idle') =>
      (100 * (after[key] - before[key])) / (after.at - before.at);
    return {
      rate: ((times.length - 1) * 1000) / ((times.at(-1) ?? 0) - (times[0] ?? 0)),
      workers: share('workers'),
      postgres: share('postgres'),
      source: share('source'),
      idle: share('idle') / availableParallelism(),
    };
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
    await jobs.close();
    await database.destroy();
  }
}

/** Processor time so far, ms: of the workers, of PostgreSQL with what served its clients, of the source, of nobody. */
function meter(of: { workers: () => number[]; postgres: Postgres; source: number }) {
  return () => ({
    at: performance.now(),
    workers: processorMs(of.workers()),
    postgres: processorMs(processTree(of.postgres.pid())) + endedChildrenMs(of.postgres.pid()),
    source: processorMs([of.source]),
    idle: machineIdleMs(),
  });
}
