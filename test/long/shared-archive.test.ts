import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { S3Bucket } from '../../nodes/adapters/s3/s3-bucket.ts';
import { s3Client } from '../../nodes/adapters/s3/s3-client.ts';
import { unfinishedUploads } from '../../nodes/adapters/s3/unfinished-uploads.ts';
import { Fleet, type ShownChunk } from '../fixtures/fleet.ts';
import { LiveHls } from '../fixtures/live-hls.ts';
import { writePastHls } from '../fixtures/past-hls.ts';
import { until } from '../fixtures/until.ts';

/** Longer than it takes until who gives no sign of life is taken for dead, and than a lease. */
const longMs = 45_000;
const chunkMs = 10_000;
const channel = 'news';

let fleet: Fleet;

before(async () => {
  fleet = await Fleet.start({ stations: ['studio', 'second'], workers: ['w1', 'w2'] });
  fleet.goLive({ listSize: 180 });
  await fleet.putChannel(channel, { chunkMs });
  await until(async () => (await fleet.complete(channel)).length >= 2, { what: 'two chunks', timeoutMs: 60_000 });
});
after(() => fleet?.stop());

/** Whatever a test does: the archive is whole afterwards, each chunk stored once, as the store really has it. */
afterEach(async () => {
  const end = Math.floor(Date.now() / chunkMs) * chunkMs;
  const isDue = ({ start }: ShownChunk) => Date.parse(start) < end;
  const settled = async () => {
    const chunks = (await fleet.chunks(channel)).filter(isDue);
    return chunks.every(({ state }) => state === 'complete') && Date.parse(chunks.at(-1)?.end ?? '') === end && chunks;
  };
  // The first began before the source did.
  const [, ...chunks] = await until(settled, { what: 'every chunk to be stored', timeoutMs: 120_000, everyMs: 500 });
  for (const { start, holes, isPartial } of chunks) assert.deepEqual([holes, isPartial], [[], false], start);
  for (const [index, { start }] of chunks.entries()) {
    assert.equal(Date.parse(start), Date.parse(chunks[0]?.start ?? '') + index * chunkMs, 'none is missing');
  }
  const jobs = (await fleet.jobs(channel))
    .filter(({ stages }) => stages?.['s3_put'] === 'done')
    .map((job) => job.chunkStart);
  assert.deepEqual(jobs, [...new Set(jobs)], 'none is stored by two jobs');
});

const processes = () => [...fleet.stations, ...fleet.workers];

/** Who is logged in is told why; the status stays 200, as a restart would end what runs. */
async function isTold(code: string): Promise<boolean> {
  for (const [, one] of processes()) {
    const answer = await one.api('/health', { signal: AbortSignal.timeout(2000) });
    const { notes = [] } = (await answer.json()) as { notes?: { code: string }[] };
    if (answer.status !== 200 || !notes.some((note) => note.code === code)) return false;
  }
  return true;
}

async function isAllClear(code: string): Promise<boolean> {
  for (const [, one] of processes()) {
    const { notes = [] } = (await (await one.api('/health')).json()) as { notes?: { code: string }[] };
    if (notes.some((note) => note.code === code)) return false;
  }
  return true;
}

for (const [what, begin, end] of [
  ['the database is stopped', () => fleet.postgres.goAway(), () => fleet.postgres.comeBack()],
  ['the database stands still', () => fleet.postgres.freeze(), () => fleet.postgres.thaw()],
] as const) {
  test(`${what} for longer than a lease: all say so, none is taken for dead, and nothing is missing`, async () => {
    const before = await fleet.jobs(channel);
    const running = before.find(({ state }) => state === 'active');
    await begin();
    const begunAt = Date.now();
    await until(() => isTold('DATABASE_UNAVAILABLE'), { what: 'all to say so', timeoutMs: 40_000, everyMs: 500 });
    const asked = await fleet.station.api(`/api/v1/channels/${channel}/chunks`);
    assert.equal(asked.status, 503, 'a question has an answer');
    await delay(Math.max(0, longMs - (Date.now() - begunAt)));
    await end();
    await until(() => isAllClear('DATABASE_UNAVAILABLE'), { what: 'the all-clear', timeoutMs: 30_000, everyMs: 500 });
    if (!running) return;
    const tried = () => fleet.triedBy(running.id);
    await fleet.chunkAt(channel, running.chunkStart, 60_000);
    assert.equal((await tried()).length, 1, 'who had it kept it');
  });
}

test('the store is away for half a minute', async () => {
  await fleet.swift.goAway();
  await delay(35_000);
  await fleet.swift.comeBack();
});

test('a worker stands still for longer than its lease in the middle of a capture, and goes on', async () => {
  const { job, worker } = await fleet.captureByWorker(channel, 4000);
  process.kill(worker.pid, 'SIGSTOP');
  await fleet.chunkAt(channel, job.chunkStart, 90_000);
  process.kill(worker.pid, 'SIGCONT');
});

test('a worker is killed in the middle of uploads in parts: others store its chunks, each once, and none of its parts stays', async (t) => {
  const source = await mkdtemp(join(tmpdir(), 'reelflow-large-'));
  const large = await LiveHls.serve(source);
  t.after(async () => {
    await large.close();
    await rm(source, { recursive: true, force: true });
  });
  // More chunks than two stations take at once, of two parts each.
  const [largeMs, count] = [2000, 8];
  const startMs = Math.floor((Date.now() - 60_000) / largeMs) * largeMs;
  await writePastHls(source, { startMs, seconds: (count * largeMs) / 1000, isLarge: true });
  await fleet.swift.hold('partNumber=2');
  await fleet.putChannel('large', { sourceUrls: [large.url], chunkMs: largeMs });
  const bucket = new S3Bucket(fleet.place);
  t.after(() => bucket.close());
  const midway = async () => {
    for (const { id, chunkStart, stages } of await fleet.jobs('large')) {
      const part = `PUT /archive/large/${chunkStart.slice(0, 10)}/${chunkStart.replace('.000', '')}--`;
      const hasPart = fleet.swift.requests.map(decodeURIComponent).some((one) => one.startsWith(part));
      const name = (await fleet.triedBy(id)).at(-1) ?? '';
      const worker = fleet.workers.get(name);
      if (worker && hasPart && stages?.['s3_put'] === 'starting') return { id, chunkStart, name, worker };
    }
    return undefined;
  };
  const { id, chunkStart, name, worker } = await until(midway, { what: 'an upload by a worker', timeoutMs: 120_000 });
  await worker.kill9();
  await fleet.swift.drop();
  const whole = await fleet.chunkAt('large', chunkStart, 120_000);
  assert.match(whole.objects[0]?.key ?? '', /\.2\.mp4$/, 'a key of its own');
  assert.notEqual((await fleet.triedBy(id)).at(-1), name);
  const stored = async () => (await fleet.complete('large')).length === count && (await fleet.complete('large'));
  const chunks = await until(stored, { what: 'all chunks', timeoutMs: 60_000 });
  for (const { start, holes, isPartial, revision } of chunks) {
    assert.deepEqual([holes, isPartial, revision], [[], false, 1], start);
  }
  const named = chunks.flatMap(({ objects }) => objects.map(({ key }) => key)).sort();
  const lie = async () => {
    const found: string[] = [];
    for await (const { key } of bucket.list('large/', AbortSignal.timeout(30_000))) found.push(key);
    return found.filter((key) => !key.endsWith('.json')).sort();
  };
  await until(async () => isDeepStrictEqual(await lie(), named), { what: 'nothing else to be in the store' });
  for (const { key, sizeBytes } of chunks.flatMap(({ objects }) => objects)) {
    assert.equal((await bucket.stat(key))?.sizeBytes, sizeBytes, key);
  }
  const client = s3Client(fleet.place);
  t.after(() => client.destroy());
  const parts = () => unfinishedUploads(client, fleet.place.bucket, '', AbortSignal.timeout(30_000));
  await until(async () => (await parts()).length === 0, { what: 'no upload to be left' });
  const again = await fleet.startWorker(name);
  await until(() => again.log().includes('ready: it takes jobs'), { what: 'its return', timeoutMs: 60_000 });
  const spool = join(fleet.dataRoot(name), 'workers', name, 'archive-spool', 'large');
  // Of these: its sound lets the source seem to go on for a moment, which somebody waits for.
  const lies = async () => {
    const found = await readdir(spool).catch((): string[] => []);
    return chunks.some(({ start }) => found.includes(String(Date.parse(start))));
  };
  await until(async () => !(await lies()), { what: 'its spool to be cleared', timeoutMs: 30_000 });
});
