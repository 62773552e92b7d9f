import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { s3Client } from '../../nodes/adapters/s3/s3-client.ts';
import type { S3Place } from '../../nodes/core/s3/s3-place.ts';
import { LiveHls } from '../fixtures/live-hls.ts';
import { type Postgres, startPostgres } from '../fixtures/postgres.ts';
import { type RunningStation, startStation } from '../fixtures/station.ts';
import { type SwiftS3, startSwiftS3 } from '../fixtures/swift-s3.ts';
import { until } from '../fixtures/until.ts';

const secret = 'p@ss/word-of-the-database';
const chunkMs = 10_000;

let postgres: Postgres;
let swift: SwiftS3;
let place: S3Place;
let env: Record<string, string>;
let station: RunningStation;
let live: LiveHls;
const folders: string[] = [];
const workers = new Map<string, RunningStation>();

before(async () => {
  [postgres, swift] = await Promise.all([startPostgres(), startSwiftS3()]);
  place = await swift.createBucket('archive');
  env = {
    REELFLOW_DATABASE: await postgres.createDatabase('archive', secret),
    REELFLOW_S3_ENDPOINT: place.endpoint,
    REELFLOW_S3_BUCKET: place.bucket,
    REELFLOW_S3_ACCESS_KEY: place.accessKey,
    REELFLOW_S3_SECRET_KEY: place.secretKey,
  };
  station = await startStation({ scenario: 'live-archive', env: { ...env, REELFLOW_AGENT: 'studio' } });
  await Promise.all(['w1', 'w2', 'w3'].map((name) => startWorker(name)));
  live = await LiveHls.serve(join(station.dataRoot, 'source'));
  // Longer than it takes until a dead worker is missed.
  live.start({ listSize: 120 });
});

after(async () => {
  await live?.close();
  await Promise.all([station, ...workers.values()].map((one) => one?.stop()));
  await Promise.all([swift?.stop(), postgres?.stop()]);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Each with a data folder of its own, as on a machine of its own. */
async function startWorker(name: string, dataRoot = mkdtempSync(join(tmpdir(), 'reelflow-worker-'))) {
  folders.push(dataRoot);
  const worker = await startStation({
    dataRoot,
    env: { ...env, REELFLOW_ROLE: 'worker', REELFLOW_AGENT: name },
  });
  workers.set(name, worker);
  return worker;
}

interface ShownJob {
  id: string;
  chunkStart: string;
  chunkEnd: string;
  state: string;
  attempts: number;
  segmentCount?: number;
  stages?: Record<string, string>;
}

interface ShownChunk {
  start: string;
  end: string;
  state: string;
  isPartial: boolean;
  revision: number;
  holes: unknown[];
  objects: { key: string }[];
}

async function json<T>(path: string): Promise<T> {
  return (await (await station.api(path)).json()) as T;
}

async function putChannel(name: string, change: object): Promise<void> {
  const body = JSON.stringify({ sourceUrls: [live.url], chunkMs, ...change });
  const headers = { 'content-type': 'application/json' };
  const answer = await station.api(`/api/v1/channels/${name}`, { method: 'PUT', headers, body });
  assert.equal(answer.ok, true, await answer.clone().text());
}

const complete = async (name: string): Promise<ShownChunk[]> =>
  (await json<{ chunks: ShownChunk[] }>(`/api/v1/channels/${name}/chunks?state=complete&limit=1000`)).chunks;

const jobsOf = async (name: string): Promise<ShownJob[]> =>
  (await json<{ jobs: ShownJob[] }>(`/api/v1/jobs?channel=${name}&limit=1000`)).jobs;

const logOf = async (id: string): Promise<string> =>
  (await json<{ lines: string[] }>(`/api/v1/jobs/${id}/log`)).lines.join('\n');

/** Names of who tried a chunk, in their order. */
async function triedBy(id: string): Promise<string[]> {
  const log = await logOf(id);
  return [...log.matchAll(/attempt \d+ of chunk \S+ by (\S+)-[0-9a-f]{8}/g)].map((match) => match[1] ?? '');
}

/** One that a worker is in the middle of. */
async function captureByWorker(): Promise<ShownJob> {
  const find = async () => {
    for (const job of await jobsOf('news')) {
      const isMidway = (job.segmentCount ?? 0) > 1 && Date.parse(job.chunkEnd) > Date.now() + 2000;
      if (job.state === 'active' && isMidway && workers.has((await triedBy(job.id)).at(-1) ?? '')) return job;
    }
    return undefined;
  };
  return await until(find, { what: 'a capture by a worker', timeoutMs: 120_000 });
}

/** How often each object's bytes were put; a sidecar is no chunk. */
function puts(channel: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const request of swift.requests) {
    const path = /^PUT \/archive\/([^? ]+\.mp4)(?:\?\S*)? 200/.exec(request)?.[1];
    const key = decodeURIComponent(path ?? '');
    if (key.startsWith(`${channel}/`)) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

test('ten schedulers at once: each chunk is captured once, by whoever is free; each sees every log', async () => {
  // Each change is a look at the source.
  await Promise.all(Array.from({ length: 10 }, () => putChannel('news', {})));
  const chunks = await until(async () => (await complete('news')).length >= 3 && (await complete('news')), {
    what: 'three chunks',
    timeoutMs: 90_000,
  });
  const found = puts('news');
  for (const { objects, revision, start } of chunks.slice(0, 3)) {
    assert.deepEqual([revision, objects.map(({ key }) => found.get(key))], [1, [1]], `${start}: ${objects[0]?.key}`);
  }
  const jobs = await jobsOf('news');
  const tried = await Promise.all(jobs.map(({ id }) => triedBy(id)));
  assert.ok(
    tried.flat().every((name) => ['studio', 'w1', 'w2', 'w3'].includes(name)),
    tried.join(),
  );
});

test('kill -9 in the middle of a capture: another worker has the chunk, whole, and nothing is left behind', async () => {
  const job = await captureByWorker();
  const name = (await triedBy(job.id)).at(-1) ?? '';
  const killed = workers.get(name);
  assert.ok(killed);
  await killed.kill9();
  const end = Date.parse(job.chunkEnd);
  const chunk = await until(async () => (await complete('news')).find(({ start }) => start === job.chunkStart), {
    what: `chunk ${job.chunkStart}`,
    timeoutMs: end + 60_000 - Date.now(),
  });
  assert.deepEqual([chunk.holes, chunk.isPartial], [[], false]);
  assert.equal(puts('news').get(chunk.objects[0]?.key ?? ''), 1);
  const tried = await triedBy(job.id);
  assert.equal(tried[0], name);
  assert.notEqual(tried.at(-1), name);
  const again = await startWorker(name, killed.dataRoot);
  const spool = join(killed.dataRoot, 'workers', name, 'archive-spool', 'news');
  const lies = async () =>
    (await readdir(spool).catch((): string[] => [])).includes(String(Date.parse(job.chunkStart)));
  await until(async () => !(await lies()), { what: 'its spool to be cleared', timeoutMs: 30_000 });
  const client = s3Client(place);
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: place.bucket }));
  client.destroy();
  assert.deepEqual(Uploads, []);
  assert.doesNotMatch(again.log(), /error/i);
});

test('SIGTERM: a worker ends at once and hands back what it was at', async () => {
  const job = await captureByWorker();
  const name = (await triedBy(job.id)).at(-1) ?? '';
  const worker = workers.get(name);
  assert.ok(worker);
  process.kill(worker.pid, 'SIGTERM');
  assert.deepEqual(await worker.exited, { code: 0, signal: null });
  const chunk = await until(async () => (await complete('news')).find(({ start }) => start === job.chunkStart), {
    what: `chunk ${job.chunkStart}`,
    timeoutMs: Date.parse(job.chunkEnd) + 15_000 - Date.now(),
  });
  assert.deepEqual([chunk.holes, chunk.isPartial], [[], false]);
});

test('a worker has two doors, and no secret of the others anywhere', async () => {
  const worker = [...workers.values()].find((one) => !/SIGTERM/.test(one.log()));
  assert.ok(worker);
  assert.deepEqual(await (await fetch(`${worker.url}/health`)).json(), { status: 'ok' });
  assert.equal((await fetch(`${worker.url}/metrics`)).status, 401);
  assert.match(await (await worker.api('/metrics')).text(), /reelflow_worker_captures \d/);
  for (const path of ['/', '/admin/', '/dashboard', '/api/v1/channels']) {
    assert.equal((await worker.api(path)).status, 404, path);
  }
  const rows = await postgres.sql(env['REELFLOW_DATABASE'] ?? '', 'SELECT row_to_json(job) FROM reelflow_jobs.job');
  const logs = [station, ...workers.values()].map((one) => one.log()).join('\n');
  for (const text of [rows, logs, JSON.stringify(await jobsOf('news'))]) {
    assert.equal(text.includes(place.secretKey) || text.includes(secret) || text.includes('p%40ss'), false);
  }
});
