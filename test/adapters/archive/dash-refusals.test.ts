import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DashSource } from '../../../nodes/adapters/archive/dash/dash-source.ts';
import { ArchiveBench } from '../../core/archive/fixtures/archive-bench.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { until } from '../../fixtures/until.ts';
import { mpd, picture, timed, video } from './fixtures/mpd.ts';
import { serve } from './fixtures/serve-answers.ts';

const abort = new AbortController().signal;
const now = Date.parse('2026-11-21T10:02:00Z');
/** The station's clock stands. */
const open = (url: string) =>
  new DashSource(url, { clock: { now: () => now, monotonicMs: () => performance.now() }, timeoutMs: 5000 });

test('what cannot be archived is refused in words, without the password', async (t) => {
  const period = (content: string) => mpd(`<Period start="PT0S">${content}</Period>`);
  const good = picture(video(timed('<S t="3600000" d="2000"/>')));
  const cases: Record<string, [string, string, RegExp]> = {
    page: ['<html>maintenance</html>', 'SOURCE_INVALID', /is not a DASH manifest/],
    broken: ['<MPD><Period', 'SOURCE_INVALID', /is not readable XML/],
    nothing: ['', 'SOURCE_INVALID', /is not readable XML|not a readable/],
    empty: [mpd(''), 'SOURCE_INVALID', /is not a readable DASH manifest/],
    'no-streams': [period(''), 'SOURCE_INVALID', /names no stream/],
    'no-segments': [period(picture(video(timed()))), 'SOURCE_INVALID', /lists no segment/],
    pattern: [
      period(good.replace('<S t', '<Pattern id="1"/><S t')),
      'SOURCE_INVALID',
      /SegmentTimeline has more in it than plain S elements/,
    ],
    'no-times': [
      period(good.replace('d="2000"', 'd="two"')),
      'SOURCE_INVALID',
      /SegmentTimeline has more in it than plain S elements/,
    ],
    'no-timescale': [
      period(good.replace('timescale="1000"', 'timescale="0"')),
      'SOURCE_INVALID',
      /SegmentTemplate's timescale is not a number above 0/,
    ],
    'no-offset': [
      period(good.replace('timescale', 'presentationTimeOffset="later" timescale')),
      'SOURCE_INVALID',
      /SegmentTemplate's presentationTimeOffset is not a number/,
    ],
    'no-number': [
      period(good.replace('timescale', 'startNumber="one" timescale')),
      'SOURCE_INVALID',
      /SegmentTemplate's startNumber is not a number/,
    ],
    'no-day': [
      period(good.replace('t="3600000"', 't="99999999999999999999"')),
      'SOURCE_INVALID',
      /its segments lie at times that no calendar has/,
    ],
    film: [period(good).replace(/availabilityStartTime="[^"]*"/, ''), 'SOURCE_INVALID', /availabilityStartTime/],
    locked: [
      period(good.replace('<Representation', '<ContentProtection schemeIdUri="urn:x"/><Representation')),
      'SOURCE_ENCRYPTED',
      /encrypted/,
    ],
    base: [
      period(picture(video('<SegmentBase indexRange="0-9"/>'))),
      'SOURCE_INVALID',
      /its video is addressed by a SegmentBase, and only a SegmentTemplate is read here; the source kind "stream"/,
    ],
    list: [
      period(picture(video('<SegmentList duration="2"><SegmentURL media="1.m4s"/></SegmentList>'))),
      'SOURCE_INVALID',
      /its video is addressed by a SegmentList/,
    ],
    alone: [
      period(picture(video('<BaseURL>film.mp4</BaseURL>'))),
      'SOURCE_INVALID',
      /its video is addressed by a BaseURL alone/,
    ],
    webm: [period(good.replace('video/mp4', 'video/webm')), 'SOURCE_INVALID', /video\/webm/],
    file: [period(`<BaseURL>file:///etc/</BaseURL>${good}`), 'SOURCE_INVALID', /names file: addresses/],
  };
  const { base } = await serve(
    t,
    Object.fromEntries(Object.entries(cases).map(([name, [text]]) => [`/${name}.mpd`, text])),
  );
  for (const [name, [, code, words]] of Object.entries(cases)) {
    const source = open(`${base.replace('//', '//viewer:hidden-word@')}/${name}.mpd`);
    await assert.rejects(source.window(abort), (error: Error & { code?: string }) => {
      assert.equal(error.code, code, `${name}: ${error.message}`);
      assert.match(error.message, words);
      assert.doesNotMatch(error.message, /hidden-word/);
      return true;
    });
  }
});

test('a channel whose source is refused tells why, once, and has an alarm that says it', async (t) => {
  const list = picture(video('<SegmentList duration="2"><SegmentURL media="1.m4s"/></SegmentList>'));
  const { base, asked } = await serve(t, { '/live.mpd': mpd(`<Period start="PT0S">${list}</Period>`) });
  const bench = await new ArchiveBench(await temporaryFolder(t)).boot();
  t.after(() => bench.shut());
  const url = `${base.replace('//', '//viewer:hidden-word@')}/live.mpd`;
  await bench.archive.putChannel('news', { sourceUrls: [url], chunkMs: 4000 });
  await until(() => asked.length >= 4 && bench.alarms.list().length > 0, { what: 'the source to be asked again' });
  const words = /^channel news: .*\/live\.mpd: its video is addressed by a SegmentList/;
  const [alarm, ...more] = bench.alarms.list();
  assert.deepEqual([alarm?.code, more], ['SOURCE_INVALID', []]);
  assert.match(alarm?.message ?? '', words);
  const told = bench.events.flatMap((event) => (event.kind === 'trouble' ? [event.trouble] : []));
  assert.deepEqual(
    told.map((trouble) => trouble?.code),
    ['SOURCE_INVALID'],
  );
  assert.match(`channel news: ${(await bench.archive.channel('news')).trouble?.message}`, words);
  assert.doesNotMatch(JSON.stringify([alarm, told, bench.lines]), /hidden-word/);
  await bench.shut();
});
