import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { framesPerSecond, LiveHls } from '../fixtures/live-hls.ts';
import { writePastHls } from '../fixtures/past-hls.ts';
import { probeMedia } from '../fixtures/probe-media.ts';
import { S3Station, type ShownClip } from '../fixtures/s3-station.ts';
import { until } from '../fixtures/until.ts';

const chunkMs = 4000;

let s3: S3Station;
let live: LiveHls;
let large: LiveHls;

before(async () => {
  s3 = await S3Station.start();
  live = await LiveHls.serve(join(s3.running.dataRoot, 'source'));
  large = await LiveHls.serve(join(s3.running.dataRoot, 'large'));
  // Longer than a restart takes on a busy machine.
  live.start({ listSize: 180 });
});

after(async () => {
  await live?.close();
  await large?.close();
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

/** A chunk of four parts, and a recording of as many, both of which go up but for their third part. */
async function sendLargeOnes(): Promise<void> {
  const startMs = Math.floor((Date.now() - 60_000) / chunkMs) * chunkMs;
  await writePastHls(large.folder, { startMs, seconds: chunkMs / 1000, isLarge: true });
  const media = join(large.folder, 'all.mp4');
  await writeFile(
    media,
    await Promise.all(
      ['init.mp4', 'p0.m4s', 'p1.m4s', 'p2.m4s', 'p3.m4s'].map((name) => readFile(join(large.folder, name))),
    ),
  );
  const common = { x: 100, y: 100 };
  const flow = {
    label: 'recordings',
    configs: [{ id: 'camera-hall', type: 'capture-camera', name: 'hall', version: 1, kind: 'file', path: media }],
    nodes: [
      {
        ...common,
        id: 'record',
        type: 'capture-recorder',
        version: 1,
        cameras: ['camera-hall'],
        wires: [['upload'], []],
      },
      { ...common, id: 'upload', type: 'capture-s3-upload', version: 1, prefix: 'recordings', wires: [[], []] },
    ],
  };
  assert.equal((await s3.send('POST', '/admin/flow', flow)).status, 200);
  await s3.swift.hold('partNumber=3');
  await s3.put('large', { sourceUrls: [large.url], chunkMs, retentionMs: 3600_000 });
  const order = { title: 'Physics', durationMs: 4000 };
  const begun = async () => (await s3.send('POST', '/api/v1/recordings', order)).status === 201;
  await until(begun, { what: 'the recorder to begin', timeoutMs: 60_000 });
  const areHeld = () => ['large', 'recordings'].every((name) => partsOf(name).length >= 3);
  await until(areHeld, { timeoutMs: 120_000, what: 'the other parts of both to be there' });
}

/** Numbers of the parts that the store has taken, of what lies below a name. */
function partsOf(name: string): number[] {
  const line = new RegExp(`^PUT /archive/studio-1/${name}/.*partNumber=(\\d+)&.* 200$`);
  return s3.swift.requests
    .flatMap((one) => line.exec(one)?.[1] ?? [])
    .map(Number)
    .sort((one, other) => one - other);
}

/** Of two whole chunks, the second of which does not come yet. */
async function beginClip(): Promise<ShownClip> {
  const [, first, second] = await s3.stored('news', 3);
  assert.ok(first && second);
  const end = new Date(Date.parse(second.start) + chunkMs).toISOString();
  await s3.swift.hold(`${new Date(second.start).toISOString().slice(11, 19)}Z--`);
  const { id } = await s3.clip({ channel: 'news', start: first.start, end });
  return await s3.clipThat(id, 'in the middle', ({ state, progress = 0 }) => state === 'active' && progress > 0.2);
}

let clip: ShownClip;
let known: number;

test('a runtime that is killed while chunks and a recording go up, and while a clip is made: chunks go up again, once', async () => {
  await sendLargeOnes();
  clip = await beginClip();
  assert.deepEqual(readdirSync(join(s3.running.dataRoot, 'archive-clips')), [`${clip.id}.work`]);
  known = (await s3.complete('news')).length;
  await s3.swift.hold('.mp4');
  const isGoingUp = async () => {
    const { jobs } = (await (await s3.running.api('/api/v1/jobs')).json()) as {
      jobs: { channel: string; stages?: { s3_put?: string } }[];
    };
    return jobs.some(({ channel, stages }) => channel === 'news' && stages?.s3_put === 'starting');
  };
  await until(isGoingUp, { timeoutMs: 90_000, what: 'a chunk to go up' });
  await s3.killAndStart();
  const chunks = await s3.stored('news', known + 3);
  await live.kill();
  const holes = chunks.flatMap((one) => one.holes).filter(({ code }) => code !== 'BEFORE_WINDOW');
  assert.deepEqual(holes, [], 'the source still had it all');
  const keys = chunks.flatMap(({ objects }) => objects.map(({ key }) => key));
  assert.equal(new Set(keys).size, keys.length);
  const inStore = await s3.keys();
  for (const key of keys) assert.ok(inStore.includes(key), key);
});

test('the clip is made after the kill, and of what was half made nothing is left', async () => {
  const { file, attempts } = await s3.clipThat(clip.id, 'finished', ({ state }) => state === 'completed');
  assert.equal(attempts, 2);
  const path = join(s3.running.dataRoot, 'archive-clips', `${clip.id}.mp4`);
  assert.equal((await probeMedia(path)).video, Math.round((file?.durationMs ?? 0) / 1000) * framesPerSecond);
  assert.deepEqual(readdirSync(join(s3.running.dataRoot, 'archive-clips')).sort(), [
    `${clip.id}.json`,
    `${clip.id}.mp4`,
  ]);
});

test('of uploads in parts that were killed no part was sent twice, both objects are whole, and no upload is left', async () => {
  const [chunk] = await s3.stored('large', 1);
  const recorded = async () => (await s3.keys()).find((one) => /^recordings\/.+\.mp4$/.test(one));
  const key = await until(recorded, { timeoutMs: 120_000, what: 'the recording in the store' });
  assert.deepEqual(partsOf('large'), [1, 2, 3, 4]);
  const parts = partsOf('recordings');
  assert.deepEqual(
    parts,
    parts.map((_, index) => index + 1),
    'each once',
  );
  assert.ok(parts.length >= 3);
  for (const one of [chunk?.objects[0]?.key ?? '', key]) {
    const path = join(large.folder, 'whole.mp4');
    await writeFile(path, await s3.read(one));
    const { video } = await probeMedia(path);
    assert.ok(one === key ? video >= 4 * framesPerSecond : video === 4 * framesPerSecond, `${one}: ${video} frames`);
  }
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
