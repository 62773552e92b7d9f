import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { S3Bucket } from '../../nodes/adapters/s3/s3-bucket.ts';
import type { S3Place } from '../../nodes/core/s3/s3-place.ts';
import { LiveHls } from '../fixtures/live-hls.ts';
import { type RunningStation, startStation } from '../fixtures/station.ts';
import { type SwiftS3, startSwiftS3 } from '../fixtures/swift-s3.ts';
import { until } from '../fixtures/until.ts';

const chunkMs = 4000;

let swift: SwiftS3;
let place: S3Place;
let bucket: S3Bucket;
let station: RunningStation;
let killed: RunningStation | undefined;
let live: LiveHls;

before(async () => {
  swift = await startSwiftS3();
  place = { ...(await swift.createBucket('archive')), prefix: 'studio-1' };
  bucket = new S3Bucket(place);
  station = await startStation({ scenario: 'live-archive', env: environment() });
  live = await LiveHls.serve(join(station.dataRoot, 'source'));
  // Longer than a restart takes on a busy machine.
  live.start({ listSize: 180 });
});

after(async () => {
  await live?.close();
  await station?.stop();
  await killed?.stop();
  bucket?.close();
  await swift?.stop();
});

function environment(): Record<string, string> {
  return {
    REELFLOW_S3_ENDPOINT: place.endpoint,
    REELFLOW_S3_BUCKET: place.bucket,
    REELFLOW_S3_PREFIX: place.prefix ?? '',
    REELFLOW_S3_ACCESS_KEY: place.accessKey,
    REELFLOW_S3_SECRET_KEY: place.secretKey,
  };
}

interface ShownChunk {
  start: string;
  state: string;
  storeId?: string;
  holes: { code: string }[];
  objects: { key: string; sizeBytes: number }[];
}

async function put(name: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return await station.api(`/api/v1/channels/${name}`, { method: 'PUT', headers, body: JSON.stringify(body) });
}

async function complete(name: string): Promise<ShownChunk[]> {
  const answer = await station.api(`/api/v1/channels/${name}/chunks`);
  const { chunks } = (await answer.json()) as { chunks: ShownChunk[] };
  return chunks.filter(({ state }) => state === 'complete');
}

async function keysInStore(): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of bucket.list('', AbortSignal.timeout(60_000))) keys.push(key);
  return keys;
}

test('a new channel goes to the store of the environment', async () => {
  const made = await put('news', { sourceUrls: [live.url], chunkMs, retentionMs: 3600_000 });
  assert.equal(made.status, 201);
  assert.equal(((await made.json()) as { storeId: string }).storeId, 'environment');
  const chunks = await until(async () => (await complete('news')).length >= 2 && (await complete('news')), {
    timeoutMs: 90_000,
    what: 'two chunks in the object store',
  });
  for (const { objects, storeId } of chunks) {
    assert.equal(storeId, 'environment');
    for (const { key, sizeBytes } of objects) assert.equal((await bucket.stat(key))?.sizeBytes, sizeBytes);
  }
  assert.ok((await keysInStore()).some((key) => key.endsWith('.json')));
  assert.ok(!readdirSync(station.dataRoot).includes('archive'), 'nothing is in the folder');
});

test('a store that is wrong is refused in words, by the name of its field', async () => {
  const store = { endpoint: place.endpoint, bucket: place.bucket, accessKey: 'some-key', secretKey: 'some-secret' };
  const cases: [change: object, field: string][] = [
    [{ endpoint: 'ftp://host' }, 'endpoint'],
    [{ endpoint: 'http://key:secret@host' }, 'endpoint'],
    [{ bucket: 'a/b' }, 'bucket'],
    [{ prefix: '../other' }, 'prefix'],
    [{ prefix: 'a/' }, 'prefix'],
    [{ storageClass: 'no class' }, 'storageClass'],
    [{ encryption: 'rot13' }, 'store.encryption'],
    [{ secretKey: '' }, 'secretKey'],
    [{ secretKey: undefined }, 'store.secretKey'],
    [{ folder: 'x' }, 'store.folder'],
  ];
  for (const [change, field] of cases) {
    const refused = await put('other', { sourceUrls: [live.url], store: { ...store, ...change } });
    const body = (await refused.json()) as { field: string };
    assert.deepEqual([refused.status, body.field], [422, field], JSON.stringify(change));
  }
  assert.equal((await station.api('/api/v1/channels/other')).status, 404);
});

test('a runtime that is killed while a chunk goes up: it goes up again, once, and nothing is left behind', async () => {
  const known = (await complete('news')).length;
  await swift.hold('.mp4');
  await until(
    async () => JSON.stringify(await (await station.api('/api/v1/jobs')).json()).includes('"s3_put":"starting"'),
    {
      timeoutMs: 90_000,
      what: 'a chunk to go up',
    },
  );
  await station.kill9();
  await swift.drop();
  killed = station;
  station = await startStation({ dataRoot: station.dataRoot, env: environment() });
  const chunks = await until(async () => (await complete('news')).length >= known + 3 && (await complete('news')), {
    timeoutMs: 120_000,
    what: 'more chunks',
  });
  await live.kill();
  const holes = chunks.flatMap((one) => one.holes).filter(({ code }) => code !== 'BEFORE_WINDOW');
  assert.deepEqual(holes, [], 'the source still had it all');
  const keys = chunks.flatMap(({ objects }) => objects.map(({ key }) => key));
  assert.equal(new Set(keys).size, keys.length);
  const inStore = await keysInStore();
  for (const key of keys) assert.ok(inStore.includes(key), key);
  assert.equal(await bucket.removeUnfinished('', Date.now() + 3600_000, AbortSignal.timeout(30_000)), 0);
});

test('the keys are nowhere to be seen', async () => {
  const paths = ['/api/channel/', '/api/job/', '/api/v1/channels', '/api/v1/jobs', '/api/v1/status'];
  const answers = await Promise.all(paths.map(async (path) => await (await station.api(path)).text()));
  for (const text of [...answers, station.log(), killed?.log() ?? '']) {
    assert.ok(!text.includes(place.secretKey), text.slice(0, 300));
    assert.ok(!text.includes(place.accessKey), text.slice(0, 300));
  }
});
