import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DashSource } from '../../../nodes/adapters/archive/dash/dash-source.ts';
import type { Span } from '../../../nodes/core/archive/chunk.ts';
import type { SourceEvent } from '../../../nodes/core/archive/live-source.ts';
import { mpd, picture, timed, video } from './fixtures/mpd.ts';
import { bytesOf, segmentsOf } from './fixtures/offered.ts';
import { type Handler, serve } from './fixtures/serve-answers.ts';

const abort = new AbortController().signal;
const start = Date.parse('2026-11-21T10:00:00Z');
const span = { startMs: start, endMs: start + 60_000 };

/** The station's clock stands. */
const open = (url: string, now = start + 120_000) =>
  new DashSource(url, { clock: { now: () => now, monotonicMs: () => performance.now() }, timeoutMs: 5000 });

async function follow(source: DashSource, of: Span = span): Promise<SourceEvent[]> {
  return await Array.fromAsync(source.follow(of, abort));
}

function tracksOf(events: SourceEvent[]) {
  return events.flatMap((event) => (event.kind === 'track' ? event.track : [])).sort((a, b) => a.rank - b.rank);
}

test('a timeline: times of the presentation, addresses and login of the manifest, redirects', async (t) => {
  const { base, asked } = await serve(t, {
    '/live.mpd': (_request, response) => response.writeHead(302, { location: '/deep/er/live.mpd' }).end(),
    '/deep/er/live.mpd': mpd(
      `<Period start="PT0S"><BaseURL>../media/</BaseURL>${picture(video(timed('<S t="3600000" d="2000" r="1"/>', '<S d="56000"/>')))}</Period>`,
    ),
    '/deep/media/v/init.mp4': 'INIT',
    '/deep/media/v/3600000.m4s': 'first',
    '/deep/media/v/3602000.m4s': 'second',
  });
  const events = await follow(open(`${base.replace('//', '//viewer:hidden-word@')}/live.mpd`));
  const segments = segmentsOf(events);
  assert.deepEqual(
    segments.map(({ startMs, durationMs }) => [startMs - start, durationMs]),
    [
      [0, 2000],
      [2000, 2000],
      [4000, 56_000],
    ],
  );
  assert.deepEqual(await Promise.all(segments.slice(0, 2).map(bytesOf)), ['first', 'second']);
  assert.equal(Buffer.from((await segments[0]?.init?.read(abort)) ?? []).toString(), 'INIT');
  assert.ok(asked.length >= 5 && asked.every(({ headers }) => headers.authorization?.startsWith('Basic ')));
  assert.deepEqual(tracksOf(events), [
    {
      track: 'video',
      rank: 0,
      container: 'fmp4',
      bandwidth: 500_000,
      codecs: 'avc1.42c00d',
      width: 640,
      height: 360,
      frameRate: 25,
      audioGroup: 'audio',
    },
  ]);
});

test('every representation is a track; its name does not depend on bit rates', async (t) => {
  const lines = timed('<S t="3600000" d="60000"/>');
  const sound = (lang: string, id: string, bandwidth = 64_000) =>
    `<AdaptationSet contentType="audio" mimeType="audio/mp4" lang="${lang}">${ownTimes}<Representation id="${id}" bandwidth="${bandwidth}" codecs="mp4a.40.2"/></AdaptationSet>`;
  const ownTimes = `<SegmentTemplate timescale="48000" presentationTimeOffset="4800000" media="$RepresentationID$/$Time$.m4s"><SegmentTimeline><S t="177600000" d="1440000" r="1"/></SegmentTimeline></SegmentTemplate>`;
  const text = `<AdaptationSet mimeType="text/vtt" lang="en"><Representation id="sub" bandwidth="1"><BaseURL>sub.vtt</BaseURL></Representation></AdaptationSet>`;
  const sets = [
    sound('en', 'a1'),
    sound('de', 'a2'),
    picture(video(lines, 'low', 300_000), video(lines, 'high', 900_000)),
    text,
  ];
  const { base } = await serve(t, { '/live.mpd': mpd(`<Period start="PT0S">${sets.join('')}</Period>`) });
  const events = await follow(open(`${base}/live.mpd`));
  assert.deepEqual(
    tracksOf(events).map(({ track, bandwidth, rendition }) => [
      track,
      bandwidth,
      rendition?.language,
      rendition?.isDefault,
    ]),
    [
      ['video', 900_000, undefined, undefined],
      ['video-2', 300_000, undefined, undefined],
      ['audio-en', 64_000, 'en', true],
      ['audio-de', 64_000, 'de', false],
    ],
  );
  const timesOf = (of: string) =>
    segmentsOf(events).flatMap(({ track, startMs, durationMs }) =>
      track === of ? [[startMs - start, durationMs]] : [],
    );
  for (const track of ['video', 'video-2']) assert.deepEqual(timesOf(track), [[0, 60_000]]);
  for (const track of ['audio-en', 'audio-de']) {
    assert.deepEqual(timesOf(track), [
      [0, 30_000],
      [30_000, 30_000],
    ]);
  }
});

test('times beyond what a number holds are asked for to the unit', async (t) => {
  const since1970 = BigInt(start) * 10_000n + 1n;
  const lines = `<S t="${since1970}" d="20000001" r="2"/><!-- as it was --><S n='4' d='20000001' k="1"></S><S d="519999996"/>`;
  const template = `<SegmentTemplate timescale="10000000" media="$Time$.m4s" initialization="i.mp4"><SegmentTimeline>${lines}</SegmentTimeline></SegmentTemplate>`;
  const { base, asked } = await serve(t, {
    '/live.mpd': mpd(`<Period start="PT0S">${picture(video(template))}</Period>`).replace(
      /availabilityStartTime="[^"]*"/,
      'availabilityStartTime="1970-01-01T00:00:00Z"',
    ),
  });
  const segments = segmentsOf(await follow(open(`${base}/live.mpd`)));
  assert.deepEqual(
    segments.map(({ startMs }) => Math.round(startMs - start)),
    [0, 2000, 4000, 6000, 8000],
  );
  for (const segment of segments) await assert.rejects(bytesOf(segment), { code: 'SEGMENT_LOST' });
  assert.deepEqual(
    asked.slice(1).map(({ url }) => url),
    [0n, 1n, 2n, 3n, 4n].map((index) => `/${since1970 + index * 20_000_001n}.m4s`),
  );
});

test('segments that are counted: those of its window, the newest only when it is surely there', async (t) => {
  const counted = `<SegmentTemplate timescale="90000" duration="180000" startNumber="10" presentationTimeOffset="900000" media="n$Number%04d$-$Bandwidth$.m4s" initialization="i.mp4"/>`;
  const { base } = await serve(t, {
    '/live.mpd': mpd(`<Period start="PT0S">${picture(video(counted))}</Period>`, 'timeShiftBufferDepth="PT20S"'),
    '/n1819-500000.m4s': 'newest',
  });
  const source = open(`${base}/live.mpd`, start + 21_000);
  assert.deepEqual(await source.window(abort), {
    // 10:00:01 less 20 s is in the middle of a segment that may be gone; 10:00:20 is where the one begins that is being made.
    startMs: start + 2000,
    endMs: start + 18_000,
    targetDurationMs: 2000,
    isEnded: false,
  });
  const segments = segmentsOf(await follow(source, { startMs: start, endMs: start + 18_000 }));
  assert.deepEqual(
    segments.map(({ sequence }) => sequence),
    [1811, 1812, 1813, 1814, 1815, 1816, 1817, 1818],
  );
  await assert.rejects(bytesOf(segments[0]), { code: 'SEGMENT_LOST' });
});

test('a new period goes on under the same name, from another timeline', async (t) => {
  const before = timed('<S t="0" d="10000"/>');
  const after = `<SegmentTemplate timescale="1" presentationTimeOffset="77" media="ad-$Time$.m4s" initialization="ad.mp4"><SegmentTimeline><S t="77" d="25" r="1"/></SegmentTimeline></SegmentTemplate>`;
  const { base } = await serve(t, {
    '/live.mpd': mpd(
      `<Period id="1" start="PT1H">${picture(video(before))}</Period><Period id="2" start="PT1H10S">${picture(video(after, 'ad', 99_000))}</Period>`,
    ),
  });
  const events = await follow(open(`${base}/live.mpd`));
  assert.deepEqual(
    segmentsOf(events).map(({ track, startMs, durationMs, isDiscontinuity }) => [
      track,
      startMs - start,
      durationMs,
      isDiscontinuity,
    ]),
    [
      ['video', 0, 10_000, true],
      ['video', 10_000, 25_000, true],
      ['video', 35_000, 25_000, false],
    ],
  );
});

test('a presentation that has ended keeps its times; what passed by unseen is told as lost', async (t) => {
  const answers: string[] = [
    mpd(`<Period start="PT0S">${picture(video(timed('<S t="3600000" d="2000" r="1"/>')))}</Period>`),
    mpd(`<Period start="PT0S">${picture(video(timed('<S t="3608000" d="2000"/>')))}</Period>`),
    mpd(`<Period start="PT0S">${picture(video(timed('<S t="3608000" d="2000" r="1"/>')))}</Period>`)
      .replace('dynamic', 'static')
      .replace(/availabilityStartTime="[^"]*"/, ''),
  ];
  const next: Handler = (_request, response) => void response.end(answers.length > 1 ? answers.shift() : answers[0]);
  const { base } = await serve(t, { '/live.mpd': next });
  const events = await follow(open(`${base}/live.mpd`));
  assert.deepEqual(
    segmentsOf(events).map(({ startMs }) => startMs - start),
    [0, 2000, 8000, 10_000],
  );
  assert.deepEqual(
    events.flatMap((event) => (event.kind === 'lost' ? event.span : [])),
    [{ startMs: start + 4000, endMs: start + 8000 }],
  );
});

test('an encoder that begins anew: its first segment is a new timeline, the others are not', async (t) => {
  const body = (...lines: string[]) => mpd(`<Period start="PT0S">${picture(video(timed(...lines)))}</Period>`);
  const anew = (text: string) => text.replace('T09:00:00Z', 'T10:00:10Z');
  const answers = [
    body('<S t="3600000" d="2000" r="1"/>'),
    anew(body('<S t="0" d="2000"/>')),
    anew(body('<S t="0" d="2000" r="24"/>')),
  ];
  const next: Handler = (_request, response) => void response.end(answers.length > 1 ? answers.shift() : answers[0]);
  const { base } = await serve(t, { '/live.mpd': next });
  const events = await follow(open(`${base}/live.mpd`));
  const segments = segmentsOf(events).map(
    ({ startMs, isDiscontinuity }) => [startMs - start, isDiscontinuity] as const,
  );
  assert.deepEqual(segments.slice(0, 4), [
    [0, false],
    [2000, false],
    [10_000, true],
    [12_000, false],
  ]);
  assert.equal(segments.filter(([, isDiscontinuity]) => isDiscontinuity).length, 1);
});

test('MPEG-TS needs no init; a manifest that is away for a while ends nothing that is known', async (t) => {
  const template = `<SegmentTemplate media="$Number$.ts" startNumber="7"><SegmentTimeline><S t="3600" d="30" r="1"/></SegmentTimeline></SegmentTemplate>`;
  const body = mpd(`<Period start="PT0S">${picture(video(template)).replace('video/mp4', 'video/mp2t')}</Period>`);
  let isAway = false;
  const { base } = await serve(t, {
    '/live.mpd': (_request, response) => response.writeHead(isAway ? 503 : 200).end(body),
    '/7.ts': 'seventh',
  });
  const source = open(`${base}/live.mpd`);
  await source.window(abort);
  isAway = true;
  const events = await follow(source);
  assert.equal(tracksOf(events)[0]?.container, 'ts');
  const [segment, ...others] = segmentsOf(events);
  assert.deepEqual([segment?.sequence, segment?.init, others.length], [7, undefined, 1]);
  assert.equal(await bytesOf(segment), 'seventh');
  await assert.rejects(source.window(abort), { code: 'SOURCE_UNREACHABLE' });
  await assert.rejects(follow(open(`${base}/live.mpd`)), { code: 'SOURCE_UNREACHABLE' });
});

test('as long as there is something, and thousands of millions of segments, are what is there now', async (t) => {
  const endless = timed('<S t="0" d="2000" r="-1"/>');
  const bomb = timed('<S t="0" d="1" r="2000000000"/>');
  const { base } = await serve(t, {
    '/endless.mpd': mpd(`<Period start="PT0S">${picture(video(endless))}</Period>`),
    '/bomb.mpd': mpd(`<Period start="PT0S">${picture(video(bomb))}</Period>`),
  });
  const { startMs, endMs } = await open(`${base}/endless.mpd`).window(abort);
  assert.deepEqual([startMs, endMs], [start - 3600_000, start + 120_000]);
  const most = await open(`${base}/bomb.mpd`).window(abort);
  assert.equal(most.endMs - most.startMs, 50_000);
});

test('where the manifest says it will be; where it was when it is not there', async (t) => {
  const body = (location: string) =>
    mpd(
      `<Location>${location}</Location><Period start="PT0S">${picture(video(timed('<S t="3600000" d="2000"/>')))}</Period>`,
    );
  const { base, asked } = await serve(t, { '/live.mpd': body('/moved.mpd'), '/moved.mpd': body('/gone.mpd') });
  const source = open(`${base}/live.mpd`);
  await source.window(abort);
  await source.window(abort);
  await assert.rejects(source.window(abort), { code: 'SOURCE_UNREACHABLE' });
  await source.window(abort);
  assert.deepEqual(
    asked.map(({ url }) => url),
    ['/live.mpd', '/moved.mpd', '/gone.mpd', '/live.mpd'],
  );
});
