import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { LiveHls } from '../fixtures/live-hls.ts';
import { S3Station } from '../fixtures/s3-station.ts';
import { until } from '../fixtures/until.ts';

const chunkMs = 4000;

let s3: S3Station;
let live: LiveHls;

before(async () => {
  s3 = await S3Station.start();
  live = await LiveHls.serve(join(s3.running.dataRoot, 'source'));
  // Longer than a restart takes on a busy machine.
  live.start({ listSize: 180 });
});

after(async () => {
  await live?.close();
  await s3?.stop();
});

test('a new channel goes to the store of the environment', async () => {
  const made = await s3.put('news', { sourceUrls: [live.url], chunkMs, retentionMs: 3600_000 });
  assert.equal(made.status, 201);
  assert.equal(((await made.json()) as { storeId: string }).storeId, 'environment');
  const chunks = await s3.stored('news', 2);
  for (const { objects, storeId } of chunks) {
    assert.equal(storeId, 'environment');
    for (const { key, sizeBytes } of objects) assert.equal((await s3.bucket.stat(key))?.sizeBytes, sizeBytes);
  }
  assert.ok((await s3.keys()).some((key) => key.endsWith('.json')));
  assert.ok(!readdirSync(s3.running.dataRoot).includes('archive'), 'nothing is in the folder');
});

test('what is stored plays through the station, by byte ranges', async () => {
  const [first, second] = await s3.complete('news');
  const object = second?.objects[0];
  assert.ok(first && second && object);
  const end = new Date(Date.parse(second.start) + chunkMs).toISOString();
  const address = `/archive/news/${first.start}--${end}.m3u8`;
  const playlist = await (await s3.running.api(address)).text();
  const ranges = [...playlist.matchAll(/#EXT-X-BYTERANGE:(\d+)@(\d+)\n(.+)/g)];
  assert.ok(ranges.length >= 4, playlist);
  for (const [, length, offset, path = ''] of ranges) {
    const from = Number(offset);
    const range = `bytes=${from}-${from + Number(length) - 1}`;
    const answer = await s3.running.api(new URL(path, new URL(address, s3.running.url)).href, { headers: { range } });
    assert.equal(answer.status, 206);
    assert.equal((await answer.arrayBuffer()).byteLength, Number(length));
  }
  const whole = Buffer.from(await (await s3.running.api(`/archive/news/objects/${object.key.slice(5)}`)).arrayBuffer());
  assert.deepEqual(whole, await s3.read(object.key));
});

test('where the store is set up so, players are sent there, with a link for one file and a short time', async () => {
  const own = { ...s3.place, prefix: 'direct', redirectSeconds: 60 };
  await s3.put('direct', { sourceUrls: [live.url], chunkMs, retentionMs: 3600_000, store: own });
  const [chunk] = await s3.stored('direct', 1);
  const path = `/archive/direct/objects/${chunk?.objects[0]?.key.slice(7)}`;
  const sent = await s3.running.api(path, { redirect: 'manual' });
  assert.equal(sent.status, 302);
  const link = sent.headers.get('location') ?? '';
  assert.ok(link.startsWith(`${s3.place.endpoint}/archive/direct/direct/`), link);
  assert.equal(new URL(link).searchParams.get('X-Amz-Expires'), '60');
  assert.ok(!link.includes(s3.place.secretKey));
  const part = await fetch(link, { headers: { range: 'bytes=10-29' } });
  assert.equal(part.status, 206);
  assert.equal((await part.arrayBuffer()).byteLength, 20);
  assert.equal((await fetch(link.replace('.mp4', '.json'))).status, 403);
  const followed = await s3.running.api(path);
  assert.equal((await followed.arrayBuffer()).byteLength, chunk?.objects[0]?.sizeBytes);
  assert.equal((await s3.running.api(path, { method: 'HEAD', redirect: 'manual' })).status, 200);
  assert.equal((await fetch(new URL(path, s3.running.url), { redirect: 'manual' })).status, 401);
  // A link into the store would show what is only to be seen encrypted.
  await s3.put('direct', { isHlsEncrypted: true });
  assert.equal((await s3.running.api(path, { redirect: 'manual' })).status, 200);
  assert.equal((await s3.running.api('/api/v1/channels/direct', { method: 'DELETE' })).status, 204);
});

test('a store that is wrong is refused in words, by the name of its field', async () => {
  const store = {
    endpoint: s3.place.endpoint,
    bucket: s3.place.bucket,
    accessKey: 'some-key',
    secretKey: 'some-secret',
  };
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
    const refused = await s3.put('other', { sourceUrls: [live.url], store: { ...store, ...change } });
    const body = (await refused.json()) as { field: string };
    assert.deepEqual([refused.status, body.field], [422, field], JSON.stringify(change));
  }
  assert.equal((await s3.running.api('/api/v1/channels/other')).status, 404);
});

test('a runtime that is killed while a chunk goes up: it goes up again, once, and nothing is left behind', async () => {
  const known = (await s3.complete('news')).length;
  await s3.swift.hold('.mp4');
  await until(
    async () => JSON.stringify(await (await s3.running.api('/api/v1/jobs')).json()).includes('"s3_put":"starting"'),
    {
      timeoutMs: 90_000,
      what: 'a chunk to go up',
    },
  );
  await s3.killAndStart();
  const chunks = await s3.stored('news', known + 3);
  await live.kill();
  const holes = chunks.flatMap((one) => one.holes).filter(({ code }) => code !== 'BEFORE_WINDOW');
  assert.deepEqual(holes, [], 'the source still had it all');
  const keys = chunks.flatMap(({ objects }) => objects.map(({ key }) => key));
  assert.equal(new Set(keys).size, keys.length);
  const inStore = await s3.keys();
  for (const key of keys) assert.ok(inStore.includes(key), key);
  assert.equal(await s3.bucket.removeUnfinished('', Date.now() + 3600_000, AbortSignal.timeout(30_000)), 0);
});

test('the keys are nowhere to be seen', async () => {
  const paths = ['/api/channel/', '/api/job/', '/api/v1/channels', '/api/v1/jobs', '/api/v1/status'];
  const answers = await Promise.all(paths.map(async (path) => await (await s3.running.api(path)).text()));
  for (const text of [...answers, s3.log]) {
    assert.ok(!text.includes(s3.place.secretKey), text.slice(0, 300));
    assert.ok(!text.includes(s3.place.accessKey), text.slice(0, 300));
  }
});
