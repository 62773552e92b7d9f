import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isoSeconds } from '../../../nodes/core/archive/chunk-key.ts';
import { framesPerSecond } from '../../fixtures/live-hls.ts';
import { channel, chunkMs, framesAt, framesOfPeriods, get, playbackServer } from './fixtures/playback-server.ts';

describe('the archive played back', { concurrency: 4 }, () => {
  test('HLS and DASH of a range decode to its frames, across chunks', async (t) => {
    const { address } = await playbackServer(t);
    assert.equal(await framesAt(`${address(0, 16)}.m3u8`), 16 * framesPerSecond);
    assert.equal(await framesAt(`${address(3, 9)}.m3u8`), 6 * framesPerSecond);
    // What lies half in the range is played whole: a group of pictures can not be cut.
    assert.equal(await framesAt(`${address(3.5, 8.5)}.m3u8`), 6 * framesPerSecond);
    assert.equal(await framesAt(`${address(0, 16)}.mpd`), 16 * framesPerSecond);
    assert.equal(await framesAt(`${address(3, 9)}.mpd`), 6 * framesPerSecond);
  });

  test('a hole is joined, marked, or refused with its times; the plan tells asked and delivered', async (t) => {
    const { address, startMs } = await playbackServer(t, { without: [5, 6] });
    const playlist = await get(`${address(0, 16)}.m3u8`);
    assert.equal(playlist.text.match(/#EXT-X-DISCONTINUITY\n/g)?.length, 1);
    assert.equal(await framesAt(`${address(0, 16)}.m3u8`), 14 * framesPerSecond);
    assert.deepEqual(await framesOfPeriods(`${address(0, 16)}.mpd`), [5 * framesPerSecond, 9 * framesPerSecond]);
    const refused = await get(`${address(0, 16)}.m3u8?gap=fail`);
    assert.deepEqual([refused.status, refused.code], [409, 'RANGE_HAS_GAPS']);
    assert.match(refused.text, new RegExp(`${isoSeconds(startMs + 5000)} to ${isoSeconds(startMs + 7000)}`));
    assert.equal((await get(`${address(8, 16)}.m3u8?gap=fail`)).status, 200);
    const plan = JSON.parse((await get(`${address(0, 16)}.json`)).text);
    assert.equal(plan.asked.durationMs, 16_000);
    assert.equal(plan.delivered.durationMs, 14_000);
    assert.deepEqual(
      plan.gaps.map((gap: { start: string; end: string }) => [gap.start, gap.end]),
      [[isoSeconds(startMs + 5000), isoSeconds(startMs + 7000)]],
    );
  });

  test('a channel in MPEG-TS plays as HLS, and says why not as DASH', async (t) => {
    const { address } = await playbackServer(t, { container: 'ts' });
    assert.equal(await framesAt(`${address(2, 14)}.m3u8`), 12 * framesPerSecond);
    const dash = await get(`${address(2, 14)}.mpd`);
    assert.deepEqual([dash.status, dash.code], [409, 'DASH_UNAVAILABLE']);
  });

  test('what can not be played says so in its own words', async (t) => {
    const { url, range, address, startMs } = await playbackServer(t);
    const asked = async (path: string) => {
      const { status, code } = await get(`${url}${path}`);
      return [status, code];
    };
    const ahead = `${isoSeconds(Date.now() + 60_000)}--${isoSeconds(Date.now() + 90_000)}`;
    for (const door of ['archive', 'smil'] as const) {
      const ending = door === 'archive' ? 'm3u8' : 'smil';
      assert.deepEqual(await asked(`/${door}/nobody/${range(0, 8)}.${ending}`), [404, 'CHANNEL_UNKNOWN']);
      assert.deepEqual(await asked(`/${door}/${channel}/rubbish--now.${ending}`), [400, 'RANGE_INVALID']);
      assert.deepEqual(await asked(`/${door}/${channel}/${range(8, 8)}.${ending}`), [400, 'RANGE_INVALID']);
      assert.deepEqual(await asked(`/${door}/${channel}/${range(8, 4)}.${ending}`), [400, 'RANGE_INVALID']);
      assert.deepEqual(await asked(`/${door}/${channel}/${ahead}.${ending}`), [404, 'RANGE_EMPTY']);
    }
    assert.match((await get(`${url}/archive/${channel}/${ahead}.m3u8`)).text, /in the future/);
    const zoneless = range(0, 8).replaceAll('Z', '');
    assert.match((await get(`${url}/archive/${channel}/${zoneless}.m3u8`)).text, /no time zone/);
    assert.deepEqual(await asked(`/archive/${channel}/${range(0, 8)}/other.m3u8`), [404, 'TRACK_UNKNOWN']);
    assert.equal((await get(`${address(0, 8)}.m3u8?gap=hide`)).status, 400);
    const open = await get(`${url}/archive/${channel}/${isoSeconds(startMs)}--now.m3u8`);
    assert.match(open.text, /PLAYLIST-TYPE:EVENT/);
    assert.doesNotMatch(open.text, /ENDLIST/);
  });

  test('objects are given out by Range, under the revision that a playlist was made of', async (t) => {
    const { url, address } = await playbackServer(t);
    const { text } = await get(`${address(0, 4)}.m3u8`);
    const [, length, offset, path] = /#EXT-X-BYTERANGE:(\d+)@(\d+)\n(.+)/.exec(text) ?? [];
    const object = `${url}/archive/${channel}/${path}`;
    const bytes = `bytes=${offset}-${Number(offset) + Number(length) - 1}`;
    const part = await get(object, { range: bytes });
    assert.equal(part.status, 206);
    assert.equal(part.headers.get('content-length'), length);
    assert.match(part.headers.get('cache-control') ?? '', /immutable/);
    const etag = part.headers.get('etag') ?? '';
    assert.equal((await get(object, { 'if-none-match': etag })).status, 304);
    assert.equal((await get(object, { range: 'bytes=99999999-' })).status, 416);
    assert.equal((await get(object.replace('v=1', 'v=7'))).code, 'OBJECT_UNKNOWN');
    const sidecar = object.replace(/\.mp4\?.*/, '.json');
    assert.equal((await get(sidecar)).code, 'OBJECT_UNKNOWN', 'only media');
    assert.equal((await get(`${url}/archive/${channel}/objects/..%2f..%2freelflow.sqlite`)).status, 404);
  });

  test('the doors of the replaced archiver: SMIL, and where its manifests went', async (t) => {
    const { url, range, startMs } = await playbackServer(t);
    const smil = await get(`${url}/smil/${channel}/${range(4, 10)}.smil`);
    assert.equal(smil.headers.get('content-type'), 'application/xml');
    const sources = [...smil.text.matchAll(/<video src="([^"]+)"/g)].map(([, source]) => source ?? '');
    assert.equal(sources.length, 3, 'the one before the boundary too');
    assert.match(smil.text, new RegExp(`clipBegin="wallclock\\(${isoSeconds(startMs + chunkMs)}\\)"`));
    assert.equal((await get(sources[0] ?? '')).status, 200);
    assert.equal((await get(`${url}/smil/`)).text, 'alive');
    assert.equal((await get(`${url}/smil/${channel}/${range(4, 10)}`)).text, smil.text);
    const gone = await get(`${url}/ism/${channel}/${range(4, 10)}.ism`);
    assert.equal(gone.status, 410);
    assert.ok(gone.text.includes(`/archive/${channel}/${range(4, 10)}.m3u8`));
    const player = await get(`${url}/ism/${channel}/${range(4, 10)}.ism/.m3u8`);
    assert.deepEqual(
      [player.status, player.headers.get('location')],
      [308, `/archive/${channel}/${range(4, 10)}.m3u8`],
    );
  });
});
