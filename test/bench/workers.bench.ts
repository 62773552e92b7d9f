import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
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

const chunkMs = 4000;
const seconds = 1600;
const numbers = [1, 2, 3];
const clock = { now: () => Date.now(), monotonicMs: () => performance.now() };

/** Whether an archive that has fallen behind catches up sooner with more workers. */
export const bench: Bench = {
  title: 'Workers of the live archive',
  method:
    `${(seconds * 1000) / chunkMs} chunks of ${chunkMs / 1000} s that a source still has are made up for by one, two and three ` +
    'worker processes, into one folder, with PostgreSQL and the source on the same machine. Chunks from the first to the last that ends.',
  async run(): Promise<Figure[]> {
    const folder = await mkdtemp(join(tmpdir(), 'reelflow-bench-workers-'));
    const postgres = await startPostgres();
    const source = await LiveHls.serve(join(folder, 'source'));
    const startMs = Math.floor(Date.now() / chunkMs) * chunkMs - seconds * 1000;
    await writePastHls(source.folder, { startMs, seconds });
    try {
      const rates: number[] = [];
      for (const count of numbers) rates.push(await measure({ folder, postgres, source, startMs, count }));
      const [one = Number.NaN] = rates;
      return numbers.flatMap((count, index): Figure[] => {
        const rate = rates[index] ?? Number.NaN;
        const what = `Chunks stored by ${count} ${count === 1 ? 'worker' : 'workers'}`;
        const figure: Figure = { what, value: rate, unit: 'per second' };
        return count === 1 ? [figure] : [figure, { what: `${what}, against one`, value: rate / one, unit: 'ratio' }];
      });
    } finally {
      await source.close();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

interface Round {
  folder: string;
  postgres: Postgres;
  source: LiveHls;
  startMs: number;
  count: number;
}

/** Chunks a second. */
async function measure({ folder, postgres, source, startMs, count }: Round): Promise<number> {
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
    await until(async () => (await ended()).length === spans.length, {
      what: 'all chunks',
      timeoutMs: 600_000,
      everyMs: 500,
    });
    assert.equal((await jobs.list({ states: ['failed'] })).length, 0);
    const times = (await ended()).sort((a, b) => a - b);
    return ((times.length - 1) * 1000) / ((times.at(-1) ?? 0) - (times[0] ?? 0));
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
    await jobs.close();
    await database.destroy();
  }
}
