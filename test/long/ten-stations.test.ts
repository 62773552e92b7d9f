import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Fleet } from '../fixtures/fleet.ts';
import { until } from '../fixtures/until.ts';

const names = Array.from({ length: 10 }, (_, index) => `s${index}`);

let fleet: Fleet;
before(async () => {
  fleet = await Fleet.start({ stations: names, workers: [] });
  fleet.goLive();
});
after(() => fleet?.stop());

test('ten stations look at one channel, and all are told of it within ten seconds: each chunk is captured once', async (t) => {
  const begunAt = performance.now();
  // Each change is a look at the source by the one that is asked, and, by its notice, by all others.
  const stations = [...fleet.stations.values()];
  await Promise.all(stations.map((station) => fleet.putChannel('news', { chunkMs: 10_000 }, station)));
  assert.ok(performance.now() - begunAt < 10_000, `${performance.now() - begunAt} ms`);
  const enough = async () => (await fleet.complete('news')).length >= 5 && (await fleet.complete('news'));
  const chunks = await until(enough, { what: 'five chunks', timeoutMs: 120_000, everyMs: 500 });
  const puts = fleet.puts('news');
  for (const { start, revision, objects } of chunks) {
    assert.deepEqual([revision, objects.map(({ key }) => puts.get(key))], [1, [1]], start);
  }
  for (const { start, holes } of chunks.slice(1)) assert.deepEqual(holes, [], start);
  const jobs = await fleet.jobs('news');
  assert.equal(new Set(jobs.map(({ chunkStart }) => chunkStart)).size, jobs.length, 'one job a chunk');
  const took = new Set((await Promise.all(jobs.map(({ id }) => fleet.triedBy(id)))).flat());
  t.diagnostic(`captured by ${[...took].sort().join()}`);
  const inUse = 'SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()';
  const count = await fleet.postgres.sql(fleet.databaseUrl, inUse);
  t.diagnostic(`${count} connections to the database`);
  assert.ok(Number(count) <= 9 * names.length + 1, count);
});
