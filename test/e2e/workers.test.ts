import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ListMultipartUploadsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { s3Client } from '../../nodes/adapters/s3/s3-client.ts';
import { Fleet, type ShownJob } from '../fixtures/fleet.ts';
import { until } from '../fixtures/until.ts';

const secret = 'p@ss/word-of-the-database';
const chunkMs = 10_000;

let fleet: Fleet;

before(async () => {
  fleet = await Fleet.start({ stations: ['studio'], workers: ['w1', 'w2', 'w3'], secret });
  fleet.goLive();
});
after(() => fleet?.stop());

test('ten schedulers at once: each chunk is captured once, by whoever is free; each sees every log', async () => {
  // Each change is a look at the source.
  await Promise.all(Array.from({ length: 10 }, () => fleet.putChannel('news', { chunkMs })));
  const chunks = await until(async () => (await fleet.complete('news')).length >= 3 && (await fleet.complete('news')), {
    what: 'three chunks',
    timeoutMs: 90_000,
  });
  const found = fleet.puts('news');
  for (const { objects, revision, start } of chunks.slice(0, 3)) {
    assert.deepEqual([revision, objects.map(({ key }) => found.get(key))], [1, [1]], `${start}: ${objects[0]?.key}`);
  }
  const jobs = await fleet.jobs('news');
  const tried = await Promise.all(jobs.map(({ id }) => fleet.triedBy(id)));
  assert.ok(
    tried.flat().every((name) => ['studio', 'w1', 'w2', 'w3'].includes(name)),
    tried.join(),
  );
});

test('kill -9 in the middle of a capture: another worker has the chunk, whole, and nothing is left behind', async () => {
  const { job, name, worker: killed } = await fleet.captureByWorker('news');
  await killed.kill9();
  const chunk = await fleet.chunkAt('news', job.chunkStart, Date.parse(job.chunkEnd) + 60_000 - Date.now());
  assert.deepEqual([chunk.holes, chunk.isPartial], [[], false]);
  assert.equal(fleet.puts('news').get(chunk.objects[0]?.key ?? ''), 1);
  const tried = await fleet.triedBy(job.id);
  assert.equal(tried[0], name);
  assert.notEqual(tried.at(-1), name);
  const again = await fleet.startWorker(name);
  const spool = join(killed.dataRoot, 'workers', name, 'archive-spool', 'news');
  const lies = async () =>
    (await readdir(spool).catch((): string[] => [])).includes(String(Date.parse(job.chunkStart)));
  await until(async () => !(await lies()), { what: 'its spool to be cleared', timeoutMs: 30_000 });
  const client = s3Client(fleet.place);
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: fleet.place.bucket }));
  client.destroy();
  assert.deepEqual(Uploads, []);
  assert.doesNotMatch(again.log(), /error/i);
});

/** As if the time had passed after which a silent worker is taken for dead. */
async function missSignsOfLife({ id, chunkStart }: ShownJob): Promise<void> {
  const startMs = Date.parse(chunkStart);
  await fleet.postgres.sql(
    fleet.databaseUrl,
    `UPDATE reelflow_archive.chunks SET lease_until = 0 WHERE channel = 'news' AND start_ms = ${startMs}`,
    `UPDATE reelflow_jobs.job SET heartbeat_on = now() - interval '1 hour' WHERE id = '${id}'`,
  );
}

async function keysInStore(): Promise<string[]> {
  const client = s3Client(fleet.place);
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: fleet.place.bucket }));
  client.destroy();
  return Contents.map(({ Key }) => Key ?? '');
}

/** Reads each stored object, and compares it with what the index says. */
async function verify(): Promise<void> {
  const answer = await fleet.station.api('/api/v1/channels/news/verify', { method: 'POST' });
  assert.equal(answer.status, 202);
  const finished = () =>
    [fleet.station, ...fleet.workers.values()].some((one) => /news: \d+ chunks verified/.test(one.log()));
  await until(finished, { what: 'the verification', timeoutMs: 60_000 });
}

test('a worker stands still in the middle of an upload, and goes on when another one has the chunk: one result', async (t) => {
  const { job, name: frozenName, worker: frozen } = await fleet.captureByWorker('news', 4000);
  const name = `${job.chunkStart.replace('.000Z', 'Z')}--${job.chunkEnd.replace('.000Z', 'Z')}.mp4`;
  const key = `news/${job.chunkStart.slice(0, 10)}/${name}`;
  await fleet.swift.hold(name);
  const isUploading = async () =>
    (await fleet.jobs('news')).some(({ id, stages }) => id === job.id && stages?.['s3_put'] === 'starting');
  await until(isUploading, { what: 'the upload', timeoutMs: 30_000 });
  process.kill(frozen.pid, 'SIGSTOP');
  t.after(() => process.kill(frozen.pid, 'SIGCONT'));
  await missSignsOfLife(job);
  const chunk = await fleet.chunkAt('news', job.chunkStart, 40_000);
  assert.deepEqual([chunk.revision, chunk.holes], [1, []]);
  const object = chunk.objects[0]?.key ?? '';
  assert.notEqual(object, key, 'who may still be writing writes somewhere else');
  await fleet.swift.drop();
  process.kill(frozen.pid, 'SIGCONT');
  await until(
    () => fleet.json<{ state: string }>(`/api/v1/jobs/${job.id}`).then(({ state }) => state === 'completed'),
    {
      what: 'the job to be over',
      timeoutMs: 30_000,
    },
  );
  // It has noticed that it lost the chunk: nothing of its own stays, neither here nor there.
  const spool = join(fleet.dataRoot(frozenName), 'workers', frozenName, 'archive-spool', 'news');
  const lies = async () =>
    (await readdir(spool).catch((): string[] => [])).includes(String(Date.parse(job.chunkStart)));
  await until(async () => !(await lies()) && !(await keysInStore()).includes(key), {
    what: 'its traces to go',
    timeoutMs: 60_000,
  });
  assert.deepEqual(await fleet.chunkAt('news', job.chunkStart, 1000), chunk);
  await verify();
  assert.deepEqual(await fleet.chunks('news', '&state=missing'), []);
});

test('SIGTERM: a worker ends at once and hands back what it was at', async () => {
  const { job, worker } = await fleet.captureByWorker('news');
  process.kill(worker.pid, 'SIGTERM');
  assert.deepEqual(await worker.exited, { code: 0, signal: null });
  const chunk = await fleet.chunkAt('news', job.chunkStart, Date.parse(job.chunkEnd) + 15_000 - Date.now());
  assert.deepEqual([chunk.holes, chunk.isPartial], [[], false]);
});

test('a worker has two doors, and no secret of the others anywhere', async () => {
  const worker = [...fleet.workers.values()].find((one) => !/SIGTERM/.test(one.log()));
  assert.ok(worker);
  assert.deepEqual(await (await fetch(`${worker.url}/health`)).json(), { status: 'ok' });
  assert.equal((await fetch(`${worker.url}/metrics`)).status, 401);
  assert.match(await (await worker.api('/metrics')).text(), /reelflow_worker_captures \d/);
  for (const path of ['/', '/admin/', '/dashboard', '/api/v1/channels']) {
    assert.equal((await worker.api(path)).status, 404, path);
  }
  const rows = await fleet.postgres.sql(fleet.databaseUrl, 'SELECT row_to_json(job) FROM reelflow_jobs.job');
  const logs = [fleet.station, ...fleet.workers.values()].map((one) => one.log()).join('\n');
  for (const text of [rows, logs, JSON.stringify(await fleet.jobs('news'))]) {
    assert.equal(text.includes(fleet.place.secretKey) || text.includes(secret) || text.includes('p%40ss'), false);
  }
});
