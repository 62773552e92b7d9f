import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { openArchiveDatabase } from '../../../nodes/adapters/archive/database/archive-database.ts';
import { postgresDialect } from '../../../nodes/adapters/archive/database/postgres-dialect.ts';
import { SqlChunkIndex } from '../../../nodes/adapters/archive/database/sql-chunk-index.ts';
import { PgBossJobQueue } from '../../../nodes/adapters/postgres/pg-boss-job-queue.ts';
import { ownQueueOf } from '../../../nodes/core/archive/capture-desk.ts';
import { chunkStem, isoSeconds } from '../../../nodes/core/archive/chunk-key.ts';
import { chunkStart } from '../../../nodes/core/archive/chunk-plan.ts';
import { framesPerSecond, LiveHls } from '../../fixtures/live-hls.ts';
import { type Postgres, startPostgres } from '../../fixtures/postgres.ts';
import { quietLog } from '../../fixtures/recording-bench.ts';
import { until } from '../../fixtures/until.ts';
import { ArchiveBench } from './fixtures/archive-bench.ts';

const chunkMs = 4000;
const name = 'news';
const clock = { now: () => Date.now(), monotonicMs: () => performance.now() };

let postgres: Postgres;
let databases = 0;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

/** Stations and workers on one database, each with a folder of its own in which the chunks' folder is mounted. */
async function share(t: TestContext, roles: Record<string, 'station' | 'worker'>, server = postgres) {
  const folder = await mkdtemp(join(tmpdir(), 'reelflow-shared-'));
  const url = await server.createDatabase(`shared${++databases}`, 'p@ss/word');
  const live = await LiveHls.serve(join(folder, 'hls'));
  await mkdir(join(folder, 'archive'));
  const benches: ArchiveBench[] = [];
  for (const [agent, role] of Object.entries(roles)) {
    const own = join(folder, agent);
    await mkdir(own);
    await symlink(join(folder, 'archive'), join(own, 'archive'));
    benches.push(new ArchiveBench(own, undefined, { url, name: agent, isWorker: role === 'worker' }));
  }
  t.after(async () => {
    await Promise.all(benches.map((bench) => bench.shut()));
    await live.close();
    await rm(folder, { recursive: true, force: true });
  });
  return { benches, live, url, folder };
}

async function openJobs(t: TestContext, url: string): Promise<PgBossJobQueue> {
  const jobs = await PgBossJobQueue.open(url, { clock, log: quietLog });
  t.after(() => jobs.close());
  return jobs;
}

describe('an archive that many share', { concurrency: 4 }, () => {
  // The longest first: it is no longer for the others that run beside it.
  test('a capture keeps its lease for as long as it runs; when it has lost it, what it has is kept', async (t) => {
    const { benches, live, url } = await share(t, { one: 'station' });
    const [one] = benches as [ArchiveBench];
    live.start();
    // A channel with long chunks looks at its source seldom.
    await until(() => live.segmentCount() > 0, { what: 'the source', timeoutMs: 30_000 });
    await one.boot();
    await one.archive.putChannel(name, { sourceUrls: [live.url], chunkMs: 3600_000, retentionMs: 7200_000 });
    const midway = async () =>
      (await one.archive.jobs()).find(
        ({ job, report }) => job.state === 'active' && report?.segmentCount && job.data.endMs > Date.now() + 40_000,
      )?.job;
    const job = await until(midway, { what: 'a capture that is under way', timeoutMs: 60_000 });
    const leases = `reelflow_archive.chunks WHERE start_ms = ${job.data.startMs}`;
    const leasedUntil = async () => Number(await postgres.sql(url, `SELECT lease_until FROM ${leases}`));
    const first = await leasedUntil();
    await until(async () => (await leasedUntil()) > first, { what: 'the lease to be renewed', timeoutMs: 20_000 });
    const taken = `owner = 'other', lease_term = lease_term + 1, takeovers = takeovers + 1`;
    await postgres.sql(url, `UPDATE ${leases.replace(' WHERE', ` SET ${taken} WHERE`)}`);
    const ended = async () => (await one.archive.job(job.id)).report?.endedAt;
    await until(ended, { what: 'the capture to end', timeoutMs: 20_000 });
    const { report } = await one.archive.job(job.id);
    assert.match(
      report?.log.join('\n') ?? '',
      /another worker has taken this chunk; what was captured is kept at one-/,
    );
    assert.ok((await one.spooled()).some((path) => path.includes(String(job.data.startMs))));
    const [next] = await one.archive.jobs({ limit: 1 });
    assert.match(next?.job.queue ?? '', /^archive-at-one-/, 'for itself: nobody else has that spool');
  });

  test('two stations that watch one channel, and a worker: each chunk once, without a frame missing', async (t) => {
    const { benches, live } = await share(t, { one: 'station', two: 'station', three: 'worker' });
    const [one, two, three] = benches as [ArchiveBench, ArchiveBench, ArchiveBench];
    live.start();
    await Promise.all(benches.map((bench) => bench.boot()));
    await one.archive.putChannel(name, { sourceUrls: [live.url], chunkMs, retentionMs: 3600_000 });
    await until(async () => (await two.archive.channel(name)).source, { what: 'the other station to watch as well' });
    const chunks = await two.stored(name, 4);
    await live.kill();
    for (const chunk of chunks.slice(1)) {
      assert.deepEqual([chunk.holes, chunk.isPartial, chunk.revision], [[], false, 1]);
    }
    const segments = await one.archive.segments(name, { span: { startMs: 0, endMs: Date.now() } });
    assert.equal(await one.frames(name), segments.length * framesPerSecond);
    const jobs = await two.archive.jobs();
    const storing = jobs.filter(({ report }) => report?.stages.s3_put === 'done').map(({ job }) => job.key);
    assert.deepEqual(storing, [...new Set(storing)], 'no chunk is stored twice');
    // Who looks at one job sees its log, wherever it ran.
    const lines = jobs.flatMap(({ report }) => report?.log ?? []);
    assert.match(lines.join('\n'), /attempt 1 of chunk .* by (one|two|three)-[0-9a-f]{8}/);
    // Everybody hears of everything that was stored.
    for (const bench of [one, two, three]) {
      const heard = () =>
        bench.events.filter((event) => event.kind === 'chunk' && event.chunk.state === 'complete').length;
      await until(() => heard() >= chunks.length, { what: `the news of ${bench.shared?.name}` });
    }
  });

  test('of two parts that two machines have of a chunk nothing is lost', async (t) => {
    const { benches, live } = await share(t, { one: 'station', two: 'station' });
    const [one, two] = benches as [ArchiveBench, ArchiveBench];
    // What has passed by for two seconds is gone for good.
    live.start({ listSize: 2 });
    await one.boot();
    await one.archive.putChannel(name, { sourceUrls: [live.url], chunkMs: 12_000, retentionMs: 3600_000 });
    const job = await until(
      async () =>
        (await one.archive.jobs()).find(
          ({ job: { state, data }, report }) =>
            state === 'active' && (report?.segmentCount ?? 0) >= 3 && data.endMs > Date.now() + 5000,
        ),
      { what: 'a capture that is under way', timeoutMs: 40_000 },
    );
    const { startMs } = job.job.data;
    // It stops with its part in its spool; the other one has what follows.
    await one.shut();
    await two.boot();
    const part = await until(
      async () => {
        const chunk = await two.archive.chunk(name, startMs);
        return chunk?.state === 'complete' && chunk;
      },
      { what: 'the chunk in part', timeoutMs: 40_000 },
    );
    assert.equal(part.isPartial, true);
    await one.boot();
    const whole = await until(
      async () => {
        const chunk = await two.archive.chunk(name, startMs);
        return (chunk?.revision ?? 0) > part.revision && chunk;
      },
      { what: 'both parts together', timeoutMs: 40_000 },
    );
    const missingMs = (holes: typeof whole.holes) => holes.reduce((sum, hole) => sum + hole.endMs - hole.startMs, 0);
    assert.ok(
      missingMs(whole.holes) < missingMs(part.holes),
      `${missingMs(part.holes)} ms were missing, now ${missingMs(whole.holes)} ms`,
    );
    assert.ok(whole.actual && part.actual && whole.actual.endMs >= part.actual.endMs, 'the second part is kept');
    await until(async () => !(await one.spooled()).some((path) => path.includes(String(startMs))), {
      what: 'the spool to be cleared',
    });
  });

  test('a worker that has not the same folder stores nothing in it', async (t) => {
    const { benches, live } = await share(t, { one: 'station', lost: 'worker' });
    const [one, lost] = benches as [ArchiveBench, ArchiveBench];
    live.start();
    await one.boot();
    await rm(join(lost.folder, 'archive'));
    await lost.boot();
    await until(() => lost.lines.some((line) => line.includes('is not the folder that the other')), {
      what: 'the warning',
    });
    await one.archive.putChannel(name, { sourceUrls: [live.url], chunkMs, retentionMs: 3600_000 });
    const chunks = await one.stored(name, 4);
    for (const chunk of chunks.slice(1)) assert.deepEqual([chunk.holes, chunk.isPartial], [[], false]);
    assert.deepEqual(await lost.keys(), []);
  });

  test('the database is away: what runs is stored when it is back, and an alarm says so', async (t) => {
    const own = await startPostgres();
    t.after(() => own.stop());
    const { benches, live } = await share(t, { one: 'station' }, own);
    const [one] = benches as [ArchiveBench];
    live.start({ listSize: 120 });
    await one.boot();
    await one.archive.putChannel(name, { sourceUrls: [live.url], chunkMs: 8000, retentionMs: 3600_000 });
    // Of the chunk that had begun before, the source never had all.
    const since = Date.now();
    const running = async () => {
      const jobs = await one.archive.jobs();
      return jobs.find(
        ({ job: { state, data }, report }) =>
          state === 'active' &&
          data.startMs > since &&
          (report?.segmentCount ?? 0) >= 1 &&
          data.endMs > Date.now() + 3000,
      );
    };
    const { job } = await until(running, { what: 'a capture that is under way', timeoutMs: 40_000 });
    await own.goAway();
    const alarm = () => one.alarms.list().find(({ code }) => code === 'DATABASE_UNAVAILABLE');
    await until(alarm, { what: 'the alarm', timeoutMs: 30_000 });
    await until(() => Date.now() > job.data.endMs + 1000, { what: 'the end of the chunk', timeoutMs: 20_000 });
    await own.comeBack();
    const chunk = await until(
      async () => {
        const found = await one.archive.chunk(name, job.data.startMs);
        return found?.state === 'complete' && found;
      },
      { what: 'the chunk', timeoutMs: 60_000 },
    );
    assert.deepEqual([chunk.holes, chunk.isPartial], [[], false]);
    assert.equal((await one.archive.job(job.id)).job.attempts, 1, 'it takes no attempts');
    await until(() => !alarm(), { what: 'the all-clear', timeoutMs: 30_000 });
    assert.doesNotMatch(one.lines.join('\n'), /p@ss|p%40ss/);
  });

  test('what only a station that is gone could do is done by another one, and what it had put is cleared', async (t) => {
    const { benches, live, url, folder } = await share(t, { one: 'station' });
    const [one] = benches as [ArchiveBench];
    live.start();
    await one.boot();
    // Ordered by a station for itself, which then went away for good.
    const startMs = chunkStart(Date.now(), chunkMs) + 2 * chunkMs;
    const order = { channel: name, startMs, endMs: startMs + chunkMs };
    const gone = await openJobs(t, url);
    const owner = 'gone-00000000';
    const { id } = await gone.add(ownQueueOf(owner), `${name}/${isoSeconds(startMs)}`, order);
    await postgres.sql(
      url,
      `UPDATE reelflow_jobs.job SET start_after = now() - interval '1 minute' WHERE id = '${id}'`,
    );
    const database = await openArchiveDatabase(await postgresDialect(url));
    t.after(() => database.destroy());
    await new SqlChunkIndex(database).claim(name, order, { owner, now: 0, until: 1000 });
    const stem = chunkStem(name, order);
    const left = [`${stem}.mp4`, `${stem}.mp4.partial`];
    await mkdir(join(folder, 'archive', dirname(stem)), { recursive: true });
    for (const file of left) await writeFile(join(folder, 'archive', file), 'of the one that is gone');
    await one.archive.putChannel(name, { sourceUrls: [live.url], chunkMs, retentionMs: 3600_000 });
    const stored = async () => (await one.archive.chunk(name, startMs))?.state === 'complete';
    await until(stored, { what: 'its chunk', timeoutMs: 40_000 });
    const chunk = await one.archive.chunk(name, startMs);
    assert.deepEqual([chunk?.holes, chunk?.objects.map(({ key }) => key)], [[], [`${stem}.2.mp4`]]);
    const lie = async () =>
      (await readdir(join(folder, 'archive', dirname(stem)))).map((file) => join(dirname(stem), file));
    await until(async () => !(await lie()).some((file) => left.includes(file)), { what: 'what it had put to go' });
  });

  test('a job that another process runs, or would have run, is cancelled and begun again by hand', async (t) => {
    const { benches, live, url } = await share(t, { one: 'station', two: 'worker' });
    live.start({ listSize: 120 });
    await Promise.all(benches.map((bench) => bench.boot()));
    const [one] = benches as [ArchiveBench];
    await one.archive.putChannel(name, { sourceUrls: [live.url], chunkMs: 10_000, retentionMs: 3600_000 });
    // Of the chunk that had begun before, the source never had all.
    const since = Date.now();
    const midway = async () => {
      const jobs = await one.archive.jobs();
      return jobs.find(
        ({ job: { state, data }, report }) =>
          state === 'active' && data.startMs > since && report?.segmentCount && data.endMs > Date.now() + 3000,
      );
    };
    const { job, report } = await until(midway, { what: 'a capture that is under way', timeoutMs: 40_000 });
    const { startMs } = job.data;
    const runs = ({ shared }: ArchiveBench) => report?.log.some((line) => line.includes(` by ${shared?.name}-`));
    const [runner, other] = [benches.find(runs), benches.find((bench) => !runs(bench))];
    assert.ok(runner && other);
    await other.archive.cancelJob(job.id);
    await until(async () => (await other.archive.job(job.id)).report?.endedAt, { what: 'the run to end' });
    assert.equal((await other.archive.job(job.id)).job.state, 'cancelled');
    const given = await other.archive.chunk(name, startMs);
    assert.deepEqual([given?.state, given?.reason?.code], ['missing', 'JOB_CANCELLED']);
    assert.deepEqual(
      (await runner.spooled()).filter((path) => path.includes(String(startMs))),
      [],
      'nothing of it is kept where it ran',
    );
    await other.archive.retryJob(job.id);
    const stored = async () => (await other.archive.chunk(name, startMs))?.state === 'complete';
    await until(stored, { what: 'the chunk after all', timeoutMs: 40_000 });
    assert.deepEqual((await other.archive.chunk(name, startMs))?.holes, []);
    // Nobody is there any more who would clear up behind it.
    const later = { ...job.data, startMs: startMs + 3600_000, endMs: job.data.endMs + 3600_000 };
    const jobs = await openJobs(t, url);
    const waiting = await jobs.add(ownQueueOf('gone-00000000'), `${name}/${isoSeconds(later.startMs)}`, later);
    await other.archive.cancelJob(waiting.id);
    assert.equal((await other.archive.job(waiting.id)).job.state, 'cancelled');
    assert.equal((await other.archive.chunk(name, later.startMs))?.reason?.code, 'JOB_CANCELLED');
  });

  test('stations that share an archive clean it up once an hour', async (t) => {
    const { benches, live, url } = await share(t, { one: 'station', two: 'station', three: 'station' });
    const [one, ...others] = benches as [ArchiveBench, ArchiveBench, ArchiveBench];
    const order = { sourceUrls: [live.url], chunkMs, retentionMs: 3600_000 };
    const cleanedUp = async (channel: string) => {
      const [last] = (await one.archive.upkeepJobs(channel)).filter(({ report }) => report?.kind === 'cleanup');
      return last?.job.state === 'completed' && last.job.id;
    };
    const count = () =>
      postgres.sql(url, `SELECT count(*) FROM reelflow_jobs.job WHERE singleton_key = 'cleanup/${name}'`);
    await one.boot();
    await one.archive.putChannel(name, order);
    await one.archive.upkeep('cleanup', name);
    await until(() => cleanedUp(name), { what: 'the cleanup' });
    // A look goes through the channels by their names: who has cleaned up the later one has looked at the first.
    for (const [index, station] of others.entries()) {
      if (index > 0) {
        const ages = ['created_on', 'started_on', 'completed_on', 'start_after'];
        const older = ages.map((column) => `${column} = ${column} - interval '1 hour'`).join();
        await postgres.sql(url, `UPDATE reelflow_jobs.job SET ${older} WHERE singleton_key = 'cleanup/${name}'`);
      }
      const later = `z${index}`;
      await one.archive.putChannel(later, order);
      await station.boot();
      await until(() => cleanedUp(later), { what: `the cleanup of ${later}` });
      assert.equal(await count(), String(index + 1), index > 0 ? 'an hour later' : 'within the hour');
    }
  });

  test('a worker receives no stream: it leaves the chunk to a station', async (t) => {
    const { benches, url } = await share(t, { one: 'station', two: 'worker' });
    const [one, two] = benches as [ArchiveBench, ArchiveBench];
    await one.boot();
    await one.archive.putChannel(name, { sourceUrls: ['rtsp://127.0.0.1:9/camera'], chunkMs, retentionMs: 3600_000 });
    await one.shut();
    await two.boot();
    const startMs = chunkStart(Date.now(), chunkMs);
    const jobs = await openJobs(t, url);
    const order = { channel: name, startMs, endMs: startMs + chunkMs };
    const { id } = await jobs.add('archive-live', `${name}/${isoSeconds(startMs)}`, order);
    await until(async () => (await jobs.get(id))?.error?.code === 'SOURCE_ELSEWHERE', { what: 'the refusal' });
    assert.equal((await readdir(two.folder)).includes('archive-ingest'), false, 'no FFmpeg was begun');
  });
});
