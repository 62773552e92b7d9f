import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DOMParser } from '@xmldom/xmldom';
import { readMpd } from '../../../nodes/adapters/archive/dash/read-mpd.ts';
import { type TimelineEntry, takeTimelines } from '../../../nodes/adapters/archive/dash/taken-timelines.ts';

const start = Date.parse('2026-11-21T10:00:00Z');
const count = 43_200;
const stretches = Array.from({ length: count }, (_, index) => `<S t="${index * 2000}" d="2000"/>\n`).join('');
const template = `<SegmentTemplate timescale="1000" media="$RepresentationID$/$Time$.m4s" initialization="i.mp4"><SegmentTimeline>${stretches}</SegmentTimeline></SegmentTemplate>`;
const set = (kind: string, ...ids: string[]) =>
  `<AdaptationSet mimeType="${kind}/mp4">${template}${ids.map((id) => `<Representation id="${id}" bandwidth="1000"/>`).join('')}</AdaptationSet>`;
/** A window of a day in segments of two seconds, each of them named. */
const day = `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" availabilityStartTime="2026-11-21T10:00:00Z"><Period start="PT0S">${set('video', 'a', 'b', 'c')}${set('audio', 'd')}</Period></MPD>`;

/** Of this thread: what others do on the same machine does not count. */
function busyMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** The longest that nothing else had its turn while something was done. */
async function longestBlockMs(work: () => Promise<unknown>): Promise<number> {
  let isOver = false;
  let longest = 0;
  let last = busyMs();
  const turn = (): void => {
    const now = busyMs();
    longest = Math.max(longest, now - last);
    last = now;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  isOver = true;
  turn();
  return longest;
}

test('a manifest of a day holds nothing else up: its timelines are never a tree of nodes, nor read in one go', async (t) => {
  const reading = { url: 'http://localhost/live.mpd', now: start + count * 2000, startedAt: undefined };
  const blocks: number[] = [];
  for (let look = 0; look < 3; look++) {
    blocks.push(
      await longestBlockMs(async () => {
        const { tracks } = await readMpd(day, { ...reading, known: new Map() });
        assert.deepEqual(
          [...tracks.values()].map(({ segments }) => [segments.length, segments.at(-1)?.listed.url]),
          ['a', 'b', 'c', 'd'].map((id) => [count, `http://localhost/${id}/${(count - 1) * 2000}.m4s`]),
        );
      }),
    );
  }
  const before = busyMs();
  new DOMParser().parseFromString(day, 'application/xml');
  const treeMs = busyMs() - before;
  t.diagnostic(
    `longest blocks ${blocks.map((ms) => ms.toFixed(0)).join(', ')} ms; the tree alone ${treeMs.toFixed(0)} ms`,
  );
  assert.ok(Math.min(...blocks) < treeMs / 5, `${Math.min(...blocks)} ms of ${treeMs} ms`);
});

test('a timeline that is as it was is not read again; one that is gone is forgotten', async () => {
  const known = new Map<string, TimelineEntry[]>();
  const first = await takeTimelines(day, known);
  const second = await takeTimelines(`${day} `, known);
  assert.equal(second.timelines.length, 2);
  assert.equal(second.timelines[0], first.timelines[0]);
  assert.equal(second.timelines[1], first.timelines[0]);
  await takeTimelines('<MPD/>', known);
  assert.equal(known.size, 0);
});
