import assert from 'node:assert/strict';
import { test } from 'node:test';
import { channel, get, playbackServer } from './fixtures/playback-server.ts';

/** The first bytes of a JPEG, and what it measures (SOF0, ITU-T T.81 B.2.2). */
async function pictureAt(url: string) {
  const answer = await fetch(url);
  const bytes = Buffer.from(await answer.arrayBuffer());
  const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]));
  const [height, width] = frame < 0 ? [0, 0] : [bytes.readUInt16BE(frame + 5), bytes.readUInt16BE(frame + 7)];
  return {
    status: answer.status,
    etag: answer.headers.get('etag'),
    width,
    height,
    type: answer.headers.get('content-type'),
  };
}

for (const container of ['fmp4', 'ts'] as const) {
  test(`${container}: a picture of any moment; the same one for the same segment`, async (t) => {
    const { url, startMs } = await playbackServer(t, { container });
    const at = (second: number) =>
      pictureAt(`${url}/archive/${channel}/thumbnails/${new Date(startMs + second * 1000).toISOString()}.jpg`);
    const first = await at(5.2);
    assert.deepEqual([first.status, first.type, first.width, first.height], [200, 'image/jpeg', 160, 90]);
    assert.equal((await at(5.7)).etag, first.etag);
    assert.notEqual((await at(6.2)).etag, first.etag);
    const together = await Promise.all(Array.from({ length: 12 }, (_, second) => at(second + 0.5)));
    assert.ok(together.every(({ status }) => status === 200));
  });
}

test('where nothing is there is no picture, in words', async (t) => {
  const { url, startMs } = await playbackServer(t, { without: [5, 6] });
  const at = (text: string) => get(`${url}/archive/${channel}/thumbnails/${text}.jpg`);
  const hole = await at(new Date(startMs + 6000).toISOString());
  assert.deepEqual([hole.status, hole.code], [404, 'RANGE_EMPTY']);
  const nonsense = await at('noon');
  assert.deepEqual([nonsense.status, nonsense.code], [400, 'RANGE_INVALID']);
});

test('the thumbnail track has a cue for each stretch, and its pictures are there', async (t) => {
  const { address, url } = await playbackServer(t, { without: [5, 6] });
  const { status, headers, text } = await get(`${address(0, 16)}.vtt?every=4`);
  assert.equal(status, 200);
  assert.match(headers.get('content-type') ?? '', /^text\/vtt/);
  const cues = [...text.matchAll(/^([\d:.]+) --> ([\d:.]+)\n(\S+)$/gm)];
  assert.match(text, /^WEBVTT\n\n/);
  assert.deepEqual(
    cues.map(([, from, to]) => `${from} ${to}`),
    [
      ...['00:00:00.000 00:00:04.000', '00:00:04.000 00:00:05.000'],
      ...['00:00:05.000 00:00:09.000', '00:00:09.000 00:00:13.000', '00:00:13.000 00:00:14.000'],
    ],
    'gaps take no time',
  );
  for (const [, , , picture = ''] of cues) {
    assert.equal((await pictureAt(new URL(picture, `${url}/archive/${channel}/`).href)).status, 200, picture);
  }
  const refused = await get(`${address(0, 16)}.vtt?every=0`);
  assert.deepEqual([refused.status, refused.code], [400, 'QUERY_INVALID']);
});
