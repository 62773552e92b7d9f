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

async function read(key: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of await bucket.read(key, { start: 0 }, AbortSignal.timeout(60_000))) parts.push(part);
  return Buffer.concat(parts);
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

test('what is stored plays through the station, by byte ranges', async () => {
  const [first, second] = await complete('news');
  const object = second?.objects[0];
  assert.ok(first && second && object);
  const end = new Date(Date.parse(second.start) + chunkMs).toISOString();
  const address = `/archive/news/${first.start}--${end}.m3u8`;
  const playlist = await (await station.api(address)).text();
  const ranges = [...playlist.matchAll(/#EXT-X-BYTERANGE:(\d+)@(\d+)\n(.+)/g)];
  assert.ok(ranges.length >= 4, playlist);
  for (const [, length, offset, path = ''] of ranges) {
    const from = Number(offset);
    const range = `bytes=${from}-${from + Number(length) - 1}`;
    const answer = await station.api(new URL(path, new URL(address, station.url)).href, { headers: { range } });
    assert.equal(answer.status, 206);
    assert.equal((await answer.arrayBuffer()).byteLength, Number(length));
  }
  const whole = Buffer.from(await (await station.api(`/archive/news/objects/${object.key.slice(5)}`)).arrayBuffer());
  assert.deepEqual(whole, await read(object.key));
});

test('where the store is set up so, players are sent there, with a link for one file and a short time', async () => {
  const own = { ...place, prefix: 'direct', redirectSeconds: 60 };
  await put('direct', { sourceUrls: [live.url], chunkMs, retentionMs: 3600_000, store: own });
  const [chunk] = await until(async () => (await complete('direct')).length > 0 && (await complete('direct')), {
    timeoutMs: 90_000,
    what: 'a chunk of its own store',
  });
  const path = `/archive/direct/objects/${chunk?.objects[0]?.key.slice(7)}`;
  const sent = await station.api(path, { redirect: 'manual' });
  assert.equal(sent.status, 302);
  const link = sent.headers.get('location') ?? '';
  assert.ok(link.startsWith(`${place.endpoint}/archive/direct/direct/`), link);
  assert.equal(new URL(link).searchParams.get('X-Amz-Expires'), '60');
  assert.ok(!link.includes(place.secretKey));
  const part = await fetch(link, { headers: { range: 'bytes=10-29' } });
  assert.equal(part.status, 206);
  assert.equal((await part.arrayBuffer()).byteLength, 20);
  assert.equal((await fetch(link.replace('.mp4', '.json'))).status, 403);
  const followed = await station.api(path);
  assert.equal((await followed.arrayBuffer()).byteLength, chunk?.objects[0]?.sizeBytes);
  assert.equal((await station.api(path, { method: 'HEAD', redirect: 'manual' })).status, 200);
  assert.equal((await fetch(new URL(path, station.url), { redirect: 'manual' })).status, 401);
  // A link into the store would show what is only to be seen encrypted.
  await put('direct', { isHlsEncrypted: true });
  assert.equal((await station.api(path, { redirect: 'manual' })).status, 200);
  assert.equal((await station.api('/api/v1/channels/direct', { method: 'DELETE' })).status, 204);
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
    [{ encryption: 'AES256', encryptionKeyId: 'a-key' }, 'encryptionKeyId'],
    [{ encryption: 'aws:kms', encryptionKeyId: 'no key' }, 'encryptionKeyId'],
    [{ bytesPerSecond: 100 }, 'bytesPerSecond'],
    [{ redirectSeconds: 0 }, 'redirectSeconds'],
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
