import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { framesPerSecond, LiveHls } from '../fixtures/live-hls.ts';
import { writePastHls } from '../fixtures/past-hls.ts';
import { type ProbedMedia, probeMedia } from '../fixtures/probe-media.ts';
import { S3Station } from '../fixtures/s3-station.ts';
import { until } from '../fixtures/until.ts';

const chunkMs = 4000;
const channel = { chunkMs, retentionMs: 3600_000 };
const soundPerSecond = 48_000 / 1024;

let s3: S3Station;
let folder: string;
let live: LiveHls;
/** Of sixteen seconds, the sixth and seventh of which are missing. */
let startMs: number;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelflow-store-playback-'));
  [s3, live] = await Promise.all([S3Station.start(), LiveHls.serve(join(folder, 'source'))]);
  startMs = Math.floor((Date.now() - 60_000) / chunkMs) * chunkMs;
  await writePastHls(live.folder, { startMs, seconds: 16, without: [5, 6] });
  await s3.put('news', { ...channel, sourceUrls: [live.url] });
  await s3.put('direct', {
    ...channel,
    sourceUrls: [live.url],
    store: { ...s3.place, prefix: 'd', redirectSeconds: 60 },
  });
  await Promise.all([s3.stored('news', 4), s3.stored('direct', 4)]);
});

after(async () => {
  await live?.close();
  await s3?.stop();
  await rm(folder, { recursive: true, force: true });
});

const at = (second: number) => new Date(startMs + second * 1000).toISOString();
const range = (from: number, to: number) => `${at(from)}--${at(to)}`;

/** What somebody with a login plays. */
async function probeAsUser(path: string): Promise<ProbedMedia> {
  const { url, password } = s3.running;
  const login = Buffer.from(`admin:${password}`).toString('base64');
  return await probeMedia(url + path, ['-headers', `Authorization: Basic ${login}\r\n`]);
}

/** Seconds of picture, and of sound to three of its frames. */
function assertSeconds({ video, audio }: ProbedMedia, seconds: number): void {
  assert.equal(video, seconds * framesPerSecond);
  assert.ok(Math.abs(audio - seconds * soundPerSecond) <= 3, `${audio} frames of sound`);
}

/** The bytes that a playlist names, fetched by Range as a player does that follows redirects. */
async function fetchRanges(playlist: string, init: RequestInit = {}) {
  const text = await (await s3.running.api(playlist)).text();
  const base = new URL(playlist, s3.running.url);
  const pieces = [...text.matchAll(/#EXT-X-MAP:URI="([^"]+)",BYTERANGE="(\d+)@(\d+)"|BYTERANGE:(\d+)@(\d+)\n(.+)/g)];
  const parts: { status: number; location: string | null; bytes: Buffer; length: number }[] = [];
  for (const [, map, mapLength, mapOffset, length = mapLength, offset = mapOffset, path = map] of pieces) {
    const headers = { range: `bytes=${offset}-${Number(offset) + Number(length) - 1}` };
    const answer = await s3.running.api(new URL(path ?? '', base).href, { ...init, headers });
    const bytes = Buffer.from(await answer.arrayBuffer());
    parts.push({ status: answer.status, location: answer.headers.get('location'), bytes, length: Number(length) });
  }
  return parts;
}

async function probeBytes(name: string, bytes: Buffer): Promise<ProbedMedia> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return await probeMedia(path);
}

async function share(body: object): Promise<string> {
  const answer = await s3.send('POST', '/api/v1/shares', body);
  assert.equal(answer.status, 201);
  return new URL(((await answer.json()) as { url: string }).url, s3.running.url).href;
}

/** Of somebody without a login. */
async function stranger(url: string, headers: Record<string, string> = {}) {
  const answer = await fetch(url, { headers, redirect: 'manual' });
  const text = await answer.text();
  return { status: answer.status, text, code: /"code":"(\w+)"/.exec(text)?.[1] };
}

test('a clip over chunks in the store: refused with its hole, or without it; its progress is told; every frame is there', async () => {
  const order = { channel: 'news', start: at(2), end: at(14) };
  const refused = await s3.send('POST', '/api/v1/clips', order);
  const { code, detail = '' } = (await refused.json()) as { code: string; detail?: string };
  assert.deepEqual([refused.status, code], [409, 'RANGE_HAS_GAPS']);
  assert.ok(detail.includes(at(5).slice(0, 19)), detail);
  // The last chunk does not come yet.
  await s3.swift.hold(at(12).slice(11, 19));
  const { id, url } = await s3.clip({ ...order, gap: 'skip', title: 'over a hole' });
  const running = await s3.clipThat(id, 'in the middle', ({ progress = 0 }) => progress > 0.3);
  assert.ok(running.state === 'active' && (running.progress ?? 1) < 1, JSON.stringify(running));
  assert.equal((await s3.running.api(`${url}/file`)).status, 404);
  await s3.swift.drop();
  const { file } = await s3.clipThat(id, 'finished', ({ state }) => state === 'completed');
  assert.deepEqual([file?.durationMs, file?.gaps.map(({ start, end }) => [start, end])], [10_000, [[at(5), at(7)]]]);
  const answer = await s3.running.api(`${url}/file?download=1`);
  const bytes = Buffer.from(await answer.arrayBuffer());
  assert.equal(bytes.length, file?.sizeBytes);
  assert.match(answer.headers.get('content-disposition') ?? '', /news-\d{8}T\d{6}Z\.mp4/);
  const seen = await probeBytes('clip.mp4', bytes);
  assertSeconds(seen, 10);
  assert.ok(Math.abs(seen.seconds - 10) < 0.2 && seen.start < 0.1, JSON.stringify(seen));
});

test('thumbnails are made of what is in the store, and the thumbnail track names those of the range', async () => {
  const address = `/archive/news/${range(0, 16)}.vtt?every=4`;
  const answer = await s3.running.api(address);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/vtt/);
  const pictures = [...(await answer.text()).matchAll(/ --> .+\n(\S+)$/gm)].map(([, path = '']) => path);
  assert.equal(pictures.length, 5);
  for (const path of pictures) {
    const picture = await s3.running.api(new URL(path, new URL(address, s3.running.url)).href);
    const bytes = Buffer.from(await picture.arrayBuffer());
    assert.equal(picture.headers.get('content-type'), 'image/jpeg');
    assert.deepEqual(bytes.subarray(0, 2), Buffer.from([0xff, 0xd8]), path);
  }
  const hole = await s3.running.api(`/archive/news/thumbnails/${at(6)}.jpg`);
  assert.equal(hole.status, 404);
});

test('HLS and DASH play out of the store, and SMIL names the objects there', async () => {
  assertSeconds(await probeAsUser(`/archive/news/${range(0, 16)}.m3u8`), 14);
  assert.equal((await probeAsUser(`/archive/news/${range(8, 16)}.mpd`)).video, 8 * framesPerSecond);
  const smil = await (await s3.running.api(`/smil/news/${range(8, 16)}.smil`)).text();
  const sources = [...smil.matchAll(/<video src="([^"]+)"/g)].map(([, source = '']) => source);
  assert.equal(sources.length, 3, 'the chunk before the boundary too');
  const { endpoint, bucket, prefix } = s3.place;
  for (const source of sources) {
    assert.ok(source.startsWith(`${endpoint}/${bucket}/${prefix}/news/`), source);
    assert.ok(await s3.bucket.stat(decodeURIComponent(source.slice(`${endpoint}/${bucket}/${prefix}/`.length))));
  }
});

test('the same bytes come through the station by Range, and from the store by redirect', async () => {
  const path = (name: string) => `/archive/${name}/${range(2, 14)}.m3u8`;
  const through = await fetchRanges(path('news'));
  const sent = await fetchRanges(path('direct'), { redirect: 'manual' });
  const followed = await fetchRanges(path('direct'));
  assert.ok(through.length >= 10);
  for (const [index, { status, bytes, length }] of through.entries()) {
    assert.deepEqual([status, bytes.length], [206, length]);
    assert.equal(sent[index]?.status, 302);
    assert.ok(sent[index]?.location?.startsWith(`${s3.place.endpoint}/archive/d/direct/`));
    assert.deepEqual([followed[index]?.status, followed[index]?.bytes.equals(bytes)], [206, true], `piece ${index}`);
  }
});

test('a link shows its range to a stranger until it ends or is altered, never by a way into the store', async () => {
  const passing = await share({ channel: 'direct', start: at(8), end: at(16), expiresInMs: 1000 });
  const link = await share({ channel: 'direct', start: at(9), end: at(14) });
  assertSeconds(await probeMedia(link), 5);
  const { text } = await stranger(link);
  const [, length, offset, path = ''] = /BYTERANGE:(\d+)@(\d+)\n(.+)/.exec(text) ?? [];
  const object = new URL(path, link).href;
  const headers = { range: `bytes=${offset}-${Number(offset) + Number(length) - 1}` };
  assert.equal((await stranger(object, headers)).status, 206, 'through us');
  assert.equal((await stranger(object)).code, 'SHARE_INVALID', 'the whole object');
  const letter = link.at(link.indexOf('/index') - 5) === 'A' ? 'B' : 'A';
  const altered = link.replace(/.(?=.{4}\/index)/, letter);
  assert.deepEqual([(await stranger(altered)).status, (await stranger(altered)).code], [403, 'SHARE_INVALID']);
  const ended = await until(async () => (await stranger(passing)).status === 410 && (await stranger(passing)), {
    what: 'the link to end',
  });
  assert.equal(ended.code, 'SHARE_EXPIRED');
});

test('encrypted HLS out of the store: every frame with the key, nothing in the clear and no way into the store', async () => {
  await s3.put('direct', { isHlsEncrypted: true });
  const link = await share({ channel: 'direct', start: at(8), end: at(16) });
  assertSeconds(await probeMedia(link), 8);
  assertSeconds(await probeAsUser(`/archive/direct/${range(0, 16)}.m3u8`), 14);
  const { text } = await stranger(link);
  assert.match(text, /#EXT-X-KEY:METHOD=AES-128/);
  const media = new URL(/^encrypted\/.+$/m.exec(text)?.[0] ?? '', link).href;
  const piece = await fetch(media, { redirect: 'manual' });
  assert.equal(piece.status, 200);
  const bytes = Buffer.from(await piece.arrayBuffer());
  assert.ok(bytes.length > 0 && bytes.length % 16 === 0 && !bytes.includes('moof'));
  const [key = ''] = (await s3.complete('direct'))[2]?.objects.map((one) => one.key) ?? [];
  assert.equal((await stranger(new URL(`objects/${key.slice('direct/'.length)}`, link).href)).code, 'SHARE_INVALID');
  // All links at once.
  assert.equal((await s3.running.api('/api/v1/shares', { method: 'DELETE' })).status, 204);
  for (const url of [link, media])
    assert.deepEqual([(await stranger(url)).status, (await stranger(url)).code], [403, 'SHARE_INVALID']);
});
