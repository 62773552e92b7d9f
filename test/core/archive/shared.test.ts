import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { framesPerSecond, LiveHls } from '../../fixtures/live-hls.ts';
import { type Postgres, startPostgres } from '../../fixtures/postgres.ts';
import { until } from '../../fixtures/until.ts';
import { ArchiveBench } from './fixtures/archive-bench.ts';

const chunkMs = 4000;
const name = 'news';

let postgres: Postgres;
let databases = 0;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

/** Stations and workers on one database, each with a folder of its own in which the chunks' folder is mounted. */
async function share(t: TestContext, roles: Record<string, 'station' | 'worker'>) {
  const folder = await mkdtemp(join(tmpdir(), 'reelflow-shared-'));
  const url = await postgres.createDatabase(`shared${++databases}`, 'p@ss/word');
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

describe('an archive that many share', { concurrency: 4 }, () => {
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
});
