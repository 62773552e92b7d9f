import assert from 'node:assert/strict';
import { createDecipheriv } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { framesPerSecond } from '../../fixtures/live-hls.ts';
import { channel, framesAt, get, playbackServer } from './fixtures/playback-server.ts';

/** Four chunks whose HLS is encrypted, and the playlist of the same in the clear. */
async function encrypting(...given: Parameters<typeof playbackServer>) {
  const served = await playbackServer(...given);
  const { bench, address } = served;
  const setEncrypted = (isHlsEncrypted: boolean) => bench.archive.putChannel(channel, { isHlsEncrypted });
  const clear = (await get(`${address(0, 16)}.m3u8`)).text;
  await setEncrypted(true);
  return { ...served, clear, setEncrypted };
}

interface Entry {
  key: string;
  iv: Buffer;
  url: string;
}

/** Every init and media segment of a playlist, with its key. */
async function entriesOf(playlist: string): Promise<Entry[]> {
  const { text } = await get(playlist);
  let key = '';
  let iv = Buffer.alloc(0);
  return text.split('\n').flatMap((line): Entry[] => {
    const given = /^#EXT-X-KEY:METHOD=AES-128,URI="([^"]+)",IV=0x([0-9a-f]{32})$/.exec(line);
    if (given) {
      key = new URL(given[1] ?? '', playlist).href;
      iv = Buffer.from(given[2] ?? '', 'hex');
    }
    const path = /^#EXT-X-MAP:URI="([^"]+)"$/.exec(line)?.[1] ?? (/^[^#]/.test(line) ? line : undefined);
    return path === undefined ? [] : [{ key, iv, url: new URL(path, playlist).href }];
  });
}

async function bytesAt(url: string, headers: Record<string, string> = {}): Promise<Buffer> {
  return Buffer.from(await (await fetch(url, { headers })).arrayBuffer());
}

async function decrypted({ key, iv, url }: Entry): Promise<Buffer> {
  const decipher = createDecipheriv('aes-128-cbc', await bytesAt(key), iv);
  return Buffer.concat([decipher.update(await bytesAt(url)), decipher.final()]);
}

/** What FFmpeg decodes of a playlist that is not where it was. */
async function framesOfText(t: TestContext, playlist: string): Promise<number> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/vnd.apple.mpegurl' }).end(playlist);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return await framesAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}/list.m3u8`);
}

describe('HLS that is encrypted on its way out', { concurrency: 4 }, () => {
  for (const container of ['fmp4', 'ts'] as const) {
    test(`${container}: as many frames as in the clear, the same bytes, across chunks`, async (t) => {
      const { address, clear, url } = await encrypting(t, { container });
      assert.equal(await framesAt(`${address(0, 16)}.m3u8`), 16 * framesPerSecond);
      assert.equal(await framesAt(`${address(3, 9)}.m3u8`), 6 * framesPerSecond);
      const entries = await entriesOf(`${address(0, 16)}.m3u8`);
      const pieces = [...clear.matchAll(/BYTERANGE[:=]"?(\d+)@(\d+)"?\n(.+)/g)].flatMap(
        ([line, length, offset, path]) => {
          // A map's own line has its address in it: it is that of the segment behind it.
          const object = line.includes('"') ? /\n(objects.+)/.exec(clear.slice(clear.indexOf(line)))?.[1] : path;
          return [{ from: Number(offset), length: Number(length), object: `${url}/archive/${channel}/${object}` }];
        },
      );
      assert.equal(entries.length, pieces.length);
      assert.equal(new Set(entries.map(({ iv }) => iv.toString('hex'))).size, entries.length, 'each its own vector');
      for (const [index, { from, length, object }] of pieces.entries()) {
        const own = await bytesAt(object, { range: `bytes=${from}-${from + length - 1}` });
        assert.deepEqual(await decrypted(entries[index] as Entry), own, `piece ${index}`);
      }
    });
  }

  test('nothing in the clear is named, byte ranges of what is encrypted are right, another key does not open it', async (t) => {
    const { address, url } = await encrypting(t);
    const { text } = await get(`${address(0, 16)}.m3u8`);
    assert.doesNotMatch(text, /objects\/|BYTERANGE/);
    const [, entry] = await entriesOf(`${address(0, 16)}.m3u8`);
    assert.ok(entry);
    const whole = await bytesAt(entry.url);
    assert.deepEqual(await bytesAt(entry.url, { range: 'bytes=100-299' }), whole.subarray(100, 300));
    assert.deepEqual(await bytesAt(entry.url, { range: 'bytes=-20' }), whole.subarray(-20));
    const answer = await get(entry.key);
    assert.deepEqual([answer.headers.get('content-length'), answer.headers.get('cache-control')], ['16', 'no-store']);
    const clear = await decrypted(entry);
    const other = `${url}/archive/${channel}/keys/2020-01-01T00:00:00Z.key`;
    await assert.rejects(async () => {
      // One padding in some 256 is right by chance; the content is not.
      assert.deepEqual(await decrypted({ ...entry, key: other }), clear);
    });
    const absolute = text.replaceAll(/(?<=URI="|^)(?:keys|encrypted)\/[^"\n]+/gm, (path) => {
      return new URL(path, `${url}/archive/${channel}/`).href;
    });
    const frames = (playlist: string) => framesOfText(t, playlist);
    assert.equal(await frames(absolute), 16 * framesPerSecond);
    await assert.rejects(frames(absolute.replaceAll(/(?<=AES-128,URI=")[^"]+/g, other)));
  });

  test('what is no segment of the archive is not there to be had, encrypted or not', async (t) => {
    const { address, url, setEncrypted } = await encrypting(t);
    const [map, entry] = await entriesOf(`${address(0, 16)}.m3u8`);
    assert.ok(map && entry);
    const [, offset, length] = /\/(\d+)-(\d+)\.mp4/.exec(entry.url) ?? [];
    const turned = (from: number, count: number) => entry.url.replace(/\d+-\d+\.mp4/, `${from}-${count}.mp4`);
    for (const wrong of [
      turned(Number(offset) + 16, Number(length) - 16),
      turned(0, 1),
      turned(Number(offset), Number(length) + 1),
      entry.url.replace('v=1', 'v=7'),
      entry.url.replace(/\d+-\d+\.mp4/, 'all.mp4'),
      entry.url.replace(`/${channel}/`, '/nobody/'),
    ]) {
      assert.equal((await get(wrong)).status, 404, wrong);
    }
    assert.equal((await get(`${url}/archive/nobody/keys/2026-11-21T10:00:00Z.key`)).code, 'CHANNEL_UNKNOWN');
    assert.equal((await get(`${url}/archive/${channel}/keys/today.key`)).code, 'RANGE_INVALID');
    // Who has the playlist of before plays on.
    await setEncrypted(false);
    assert.equal((await decrypted(entry)).length, Number(length));
    assert.match((await get(`${address(0, 16)}.m3u8`)).text, /BYTERANGE/);
  });

  test('a link shows its range encrypted, its keys, and nothing in the clear or beyond', async (t) => {
    const { shares, startMs, url, setEncrypted } = await encrypting(t);
    const link = (from: number, to: number) =>
      url + shares.share({ channel, startMs: startMs + from * 1000, endMs: startMs + to * 1000 }, 60_000).path;
    const own = link(5, 7);
    assert.equal(await framesAt(own), 2 * framesPerSecond);
    assert.equal(await framesAt(link(3, 13)), 10 * framesPerSecond);
    const [map, entry] = await entriesOf(own);
    assert.ok(map && entry);
    assert.ok((await decrypted(entry)).length > 0);
    const base = own.replace('index.m3u8', '');
    const others = (await entriesOf(link(0, 16))).map(
      ({ url: other }) => base + other.slice(other.indexOf('encrypted/')),
    );
    const mine = new Set((await entriesOf(own)).map((one) => one.url));
    for (const other of others) {
      const { status } = await get(other);
      assert.equal(status, mine.has(other) ? 200 : 403, other);
    }
    for (const path of ['keys/2020-01-01T00:00:00Z.key', `keys/${new Date(startMs + 86_400_000).toISOString()}.key`]) {
      const refused = await get(base + path);
      assert.deepEqual([refused.status, refused.code], [403, 'SHARE_INVALID'], path);
    }
    const altered = entry.key.replace(/\.[\w-]+\/keys/, '.AAAA/keys');
    assert.equal((await get(altered)).code, 'SHARE_INVALID');

    await setEncrypted(false);
    const clear = /^objects\/.+$/m.exec((await get(own)).text)?.[0];
    const [, length, offset] = /BYTERANGE:(\d+)@(\d+)/.exec((await get(own)).text) ?? [];
    const range = `bytes=${offset}-${Number(offset) + Number(length) - 1}`;
    assert.equal((await get(base + clear, { range })).status, 206);
    await setEncrypted(true);
    assert.equal((await get(base + clear, { range })).code, 'SHARE_INVALID');
    shares.revokeAll();
    assert.equal((await get(entry.key)).code, 'SHARE_INVALID');
  });
});
