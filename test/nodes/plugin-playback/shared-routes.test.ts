import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readShareToken, writeShareToken } from '../../../nodes/core/playback/share-token.ts';
import { framesPerSecond } from '../../fixtures/live-hls.ts';
import { channel, chunkMs, framesAt, get, playbackServer } from './fixtures/playback-server.ts';

/** A link to the seconds 5 to 7: the second one of four chunks, and not all of it. */
async function sharing(...given: Parameters<typeof playbackServer>) {
  const served = await playbackServer(...given);
  const { shares, startMs, url } = served;
  const seconds = (from: number, to: number) => ({
    channel,
    startMs: startMs + from * 1000,
    endMs: startMs + to * 1000,
  });
  const link = (from: number, to: number, expiresInMs = 60_000) =>
    url + shares.share(seconds(from, to), expiresInMs).path;
  /** Objects that a playlist names, as addresses below the link. */
  const objects = async (playlist: string) => {
    const { text } = await get(playlist);
    return [...new Set(text.split('\n').filter((line) => line.startsWith('objects/')))];
  };
  return { ...served, link, objects, seconds };
}

test('a link plays its range, in whole segments, across chunks', async (t) => {
  const { link } = await sharing(t);
  assert.equal(await framesAt(link(5, 7)), 2 * framesPerSecond);
  assert.equal(await framesAt(link(3, 13)), 10 * framesPerSecond);
  const { headers } = await get(link(5, 7));
  assert.equal(headers.get('access-control-allow-origin'), '*');
});

test('a range that begins with a chunk has the segment of the chunk before that reaches into it', async (t) => {
  const begin = Math.floor((Date.now() - 60_000) / chunkMs) * chunkMs + 500;
  const { link } = await sharing(t, { startMs: begin, seconds: 20 });
  assert.equal(await framesAt(link(4, 7)), 4 * framesPerSecond);
});

test('another range, another chunk and another channel are refused, also byte by byte', async (t) => {
  const { link, objects, bench } = await sharing(t);
  const own = link(5, 7);
  const base = own.replace('index.m3u8', '');
  const [object = ''] = await objects(own);
  const segments = await bench.archive.segments(channel, { span: { startMs: 0, endMs: Date.now() } });
  const chunk = (await bench.archive.chunks(channel))[1];
  const inside = segments.filter(({ chunkStartMs }) => chunkStartMs === chunk?.startMs);
  const bytes = (from: number, to: number) => get(base + object, { range: `bytes=${from}-${to}` });
  const [before, first, , behind] = inside;
  assert.ok(before && first && behind);
  assert.equal((await bytes(first.offset, first.offset + first.length - 1)).status, 206);
  for (const [from, to] of [
    [before.offset, before.offset + before.length - 1],
    [behind.offset, behind.offset + 10],
    [first.offset - 1, first.offset + 10],
  ] as const) {
    const refused = await bytes(from, to);
    assert.deepEqual([refused.status, refused.code], [403, 'SHARE_INVALID'], `${from} to ${to}`);
  }
  assert.equal((await get(base + object)).status, 403, 'the object as a whole');
  for (const other of await objects(link(8, 12))) {
    assert.equal((await get(base + other, { range: 'bytes=0-10' })).status, 403, 'another chunk');
  }
  await bench.archive.putChannel('other', { sourceUrls: ['http://127.0.0.1:9/live.m3u8'] });
  const { text } = await get(`${base}objects/../../other/index.m3u8`);
  assert.doesNotMatch(text, /EXTM3U/);
});

test('an altered token, an expired one and a revoked one are refused', async (t) => {
  const { link, shares, url, seconds } = await sharing(t);
  const own = link(5, 7);
  const [, version, payload = '', signature = ''] = /shared\/(\w+)\.([\w-]+)\.([\w-]+)\//.exec(own) ?? [];
  const grant = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const altered = Buffer.from(JSON.stringify([grant[0], grant[1] - 3600, ...grant.slice(2)])).toString('base64url');
  const turned = `${signature.slice(0, -2)}${signature.at(-2) === 'A' ? 'B' : 'A'}${signature.at(-1)}`;
  for (const token of [
    `${version}.${altered}.${signature}`,
    `${version}.${payload}.${turned}`,
    `${version}.${payload}.`,
    `${version}.${payload}`,
    `s2.${payload}.${signature}`,
    'nonsense',
    'x'.repeat(5000),
  ]) {
    const refused = await get(`${url}/shared/${token}/index.m3u8`);
    assert.deepEqual([refused.status, refused.code], [403, 'SHARE_INVALID'], token.slice(0, 80));
  }
  const { path } = shares.share(seconds(5, 7), 1000);
  const token = path.split('/')[2] ?? '';
  assert.deepEqual(shares.open(token).channel, channel);
  const secret = 'a secret';
  const over = writeShareToken({ ...seconds(5, 7), expiresAt: Date.now() - 1000 }, secret);
  assert.throws(() => readShareToken(over, secret, Date.now()), { code: 'SHARE_EXPIRED' });

  assert.equal((await get(own)).status, 200);
  shares.revokeAll();
  const revoked = await get(own);
  assert.deepEqual([revoked.status, revoked.code], [403, 'SHARE_INVALID']);
  assert.equal((await get(link(5, 7))).status, 200, 'new ones work');
});
