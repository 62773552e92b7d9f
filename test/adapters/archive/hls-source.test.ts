import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { HlsSource } from '../../../nodes/adapters/archive/hls/hls-source.ts';
import type { SourceEvent } from '../../../nodes/core/archive/live-source.ts';
import { bytesOf, segmentsOf } from './fixtures/offered.ts';
import { serve } from './fixtures/serve-answers.ts';

const clock = { now: () => Date.now(), monotonicMs: () => performance.now() };
const abort = new AbortController().signal;
const start = Date.parse('2026-11-21T10:00:00Z');
const span = { startMs: start, endMs: start + 60_000 };

function playlist(...lines: string[]): string {
  const head = ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-TARGETDURATION:2', '#EXT-X-MEDIA-SEQUENCE:5'];
  return [...head, ...lines, '#EXT-X-ENDLIST', ''].join('\n');
}

const time = '#EXT-X-PROGRAM-DATE-TIME:2026-11-21T10:00:00.000Z';
const open = (url: string, timeoutMs = 5000) => new HlsSource(url, { clock, timeoutMs });

async function follow(source: HlsSource): Promise<SourceEvent[]> {
  return await Array.fromAsync(source.follow(span, abort));
}

test('redirects, gzip, relative addresses and a login', async (t) => {
  const list = gzipSync(playlist(time, '#EXTINF:2,', 'a.ts', '#EXTINF:2,', '../b.ts?x=1'));
  const { base, asked } = await serve(t, {
    '/live.m3u8': (_request, response) => response.writeHead(302, { location: '/deep/er/list.m3u8' }).end(),
    '/deep/er/list.m3u8': (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(list),
    '/deep/er/a.ts': 'first',
    '/deep/b.ts': 'second',
  });
  const events = await follow(open(base.replace('//', '//us%40er:pa%3Ass@') + '/live.m3u8'));
  const segments = segmentsOf(events);
  assert.deepEqual(
    segments.map(({ sequence, startMs, durationMs }) => [sequence, startMs - start, durationMs]),
    [
      [5, 0, 2000],
      [6, 2000, 2000],
    ],
  );
  assert.deepEqual(await Promise.all(segments.map(bytesOf)), ['first', 'second']);
  const login = `Basic ${Buffer.from('us@er:pa:ss').toString('base64')}`;
  assert.ok(asked.every(({ headers }) => headers.authorization === login));
});

test('byte ranges, also of a server that does not know them', async (t) => {
  const list = playlist(
    '#EXT-X-MAP:URI="all.mp4",BYTERANGE="4@0"',
    time,
    '#EXTINF:2,',
    '#EXT-X-BYTERANGE:3@4',
    'all.mp4',
  );
  const file = 'INITone';
  for (const knowsRanges of [true, false]) {
    const { base } = await serve(t, {
      '/live.m3u8': list,
      '/all.mp4': (request, response) => {
        const [, first, last] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [];
        if (knowsRanges) response.writeHead(206).end(file.slice(Number(first), Number(last) + 1));
        else response.end(file);
      },
    });
    const [segment] = segmentsOf(await follow(open(`${base}/live.m3u8`)));
    assert.equal(await bytesOf(segment), 'one');
    assert.equal(Buffer.from((await segment?.init?.read(abort)) ?? []).toString(), 'INIT');
  }
});

test('all streams of a master playlist, the main one first', async (t) => {
  const media = playlist(time, '#EXTINF:2,', 'x.ts');
  const { base } = await serve(t, {
    '/master.m3u8': [
      '#EXTM3U',
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="snd",NAME="Deutsch",LANGUAGE="de",DEFAULT=YES,URI="de.m3u8"',
      '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="sub",NAME="Text",LANGUAGE="de",URI="sub.m3u8"',
      '#EXT-X-STREAM-INF:BANDWIDTH=2000000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,AUDIO="snd",SUBTITLES="sub"',
      'high.m3u8',
      '#EXT-X-STREAM-INF:BANDWIDTH=500000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=640x360,AUDIO="snd",SUBTITLES="sub"',
      'low.m3u8',
      '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=100,URI="keys.m3u8"',
      '',
    ].join('\n'),
    '/high.m3u8': media,
    '/low.m3u8': media,
    '/de.m3u8': media,
    '/sub.m3u8': playlist(time, '#EXTINF:2,', 'x.vtt'),
  });
  const events = await follow(open(`${base}/master.m3u8`));
  const tracks = events.flatMap((event) => (event.kind === 'track' ? event.track : []));
  assert.deepEqual(
    tracks
      .sort((a, b) => a.rank - b.rank)
      .map(({ track, container, rendition }) => [track, container, rendition?.type]),
    [
      ['video-2000k', 'ts', undefined],
      ['video-500k', 'ts', undefined],
      ['audio-de', 'ts', 'audio'],
      ['text-de', 'webvtt', 'text'],
    ],
  );
  assert.equal(tracks[0]?.audioGroup, 'snd');
});

test('what the source says itself that it lost, and the unfinished end of a low-latency playlist', async (t) => {
  const { base } = await serve(t, {
    '/live.m3u8': playlist(
      time,
      '#EXT-X-PART-INF:PART-TARGET=0.5',
      '#EXTINF:2,',
      'a.ts',
      '#EXT-X-GAP',
      '#EXTINF:2,',
      'b.ts',
      '#EXT-X-DISCONTINUITY',
      '#EXTINF:2,',
      'c.ts',
      '#EXT-X-PART:DURATION=0.5,URI="d.0.ts"',
    ),
  });
  const segments = segmentsOf(await follow(open(`${base}/live.m3u8`)));
  assert.deepEqual(
    segments.map(({ isGap, isDiscontinuity }) => [isGap, isDiscontinuity]),
    [
      [false, false],
      [true, false],
      [false, true],
    ],
  );
});

test('where the segment before the span ends', async (t) => {
  const before = '#EXT-X-PROGRAM-DATE-TIME:2026-11-21T09:59:58.500Z';
  const { base } = await serve(t, { '/live.m3u8': playlist(before, '#EXTINF:2,', 'a.ts', '#EXTINF:2,', 'b.ts') });
  const events = await follow(open(`${base}/live.m3u8`));
  assert.deepEqual(
    events.find(({ kind }) => kind === 'reach'),
    { kind: 'reach', track: 'main', endMs: start + 500 },
  );
  assert.equal(segmentsOf(events).length, 1);
});

test('nonsense, refusals and silence are errors that say so, without the password', async (t) => {
  const { base } = await serve(t, {
    '/page.m3u8': '<html>maintenance</html>',
    '/nothing.m3u8': '#EXTM3U\n',
    '/key.m3u8': playlist('#EXT-X-KEY:METHOD=AES-128,URI="k"', time, '#EXTINF:2,', 'a.ts'),
    '/file.m3u8': playlist(time, '#EXTINF:2,', 'file:///etc/passwd'),
    '/login.m3u8': (_request, response) => response.writeHead(403).end(),
    '/broken.m3u8': (_request, response) => response.writeHead(500).end(),
    '/silent.m3u8': () => {},
    '/half.m3u8': (_request, response) => void response.writeHead(200, { 'content-length': 1000 }).write('#EXTM3U\n'),
  });
  const cases: [string, string][] = [
    ['page', 'SOURCE_INVALID'],
    ['nothing', 'SOURCE_INVALID'],
    ['key', 'SOURCE_ENCRYPTED'],
    ['file', 'SOURCE_INVALID'],
    ['login', 'SOURCE_REFUSED'],
    ['broken', 'SOURCE_UNREACHABLE'],
    ['silent', 'SOURCE_UNREACHABLE'],
    ['half', 'SOURCE_UNREACHABLE'],
    ['gone', 'SOURCE_UNREACHABLE'],
  ];
  for (const [name, code] of cases) {
    const source = open(`${base.replace('//', '//viewer:hidden-word@')}/${name}.m3u8`, 500);
    await assert.rejects(source.window(abort), (error: Error & { code?: string }) => {
      assert.equal(error.code, code, name);
      assert.doesNotMatch(error.message, /hidden-word/);
      return true;
    });
  }
});

test('a segment that stops in the middle is an error, not a short segment', async (t) => {
  const { base } = await serve(t, {
    '/live.m3u8': playlist(time, '#EXTINF:2,', 'a.ts', '#EXTINF:2,', 'gone.ts'),
    '/a.ts': (_request, response) => void response.writeHead(200, { 'content-length': 1000 }).write('half'),
  });
  const [hanging, gone] = segmentsOf(await follow(open(`${base}/live.m3u8`, 500)));
  await assert.rejects(bytesOf(hanging), { code: 'SOURCE_UNREACHABLE' });
  await assert.rejects(bytesOf(gone), { code: 'SEGMENT_LOST' });
});

test('an encoder that began in 1970 and was told the time has not got the years in between', async (t) => {
  const since = (instant: string) => `#EXT-X-PROGRAM-DATE-TIME:${instant}`;
  const { base } = await serve(t, {
    '/clock.m3u8': playlist(
      ...[since('1970-01-01T00:00:07.000Z'), '#EXTINF:2,', 'a.ts', '#EXT-X-DISCONTINUITY', time, '#EXTINF:2,', 'b.ts'],
      ...['#EXTINF:2,', 'c.ts'],
    ),
    '/outage.m3u8': playlist(
      ...[since('2026-11-20T10:00:02.000Z'), '#EXTINF:2,', 'a.ts', '#EXT-X-DISCONTINUITY', time, '#EXTINF:2,', 'b.ts'],
    ),
  });
  const windowOf = async (name: string) => {
    const { startMs, endMs } = await open(`${base}/${name}.m3u8`).window(abort);
    return [startMs - start, endMs - start];
  };
  assert.deepEqual(await windowOf('clock'), [0, 4000]);
  const hour = 3_600_000;
  assert.deepEqual(await windowOf('outage'), [2000 - 24 * hour, 2000]);
});
