import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ListedSegment, SegmentTimeline } from '../../../nodes/core/archive/segment-timeline.ts';

const targetMs = 2000;

/** Segments of two seconds, numbered from `first`, the first one with the source's time where given. */
function list(first: number, count: number, options: { at?: number; run?: string } = {}): ListedSegment[] {
  return Array.from({ length: count }, (_, index) => ({
    sequence: first + index,
    durationMs: 2000,
    isDiscontinuity: false,
    uri: `${options.run ?? 'a'}${first + index}.ts`,
    programDateTimeMs: index === 0 ? options.at : undefined,
  }));
}

const starts = (timeline: SegmentTimeline<ListedSegment>, listed: ListedSegment[], now: number) =>
  timeline.update(listed, now, targetMs).segments.map(({ startMs }) => startMs);

test('the source tells the time of one segment, the others follow from it in both directions', () => {
  const timeline = new SegmentTimeline();
  const listed = list(5, 4).map((one, index) => ({ ...one, ...(index === 2 ? { programDateTimeMs: 100_000 } : {}) }));
  assert.deepEqual(starts(timeline, listed, 0), [96_000, 98_000, 100_000, 102_000]);
});

test('a list that moves on keeps the times, whatever the rounding of the source', () => {
  const timeline = new SegmentTimeline();
  timeline.update(list(0, 3, { at: 100_000 }), 0, targetMs);
  assert.deepEqual(starts(timeline, list(1, 4, { at: 102_007 }), 0), [102_000, 104_000, 106_000, 108_000]);
});

test('without times of the source the first list ends now, and the counter goes on from there', () => {
  const timeline = new SegmentTimeline();
  assert.deepEqual(starts(timeline, list(0, 2), 100_000), [96_000, 98_000]);
  assert.deepEqual(starts(timeline, list(1, 2), 102_300), [98_000, 100_000]);
});

test('after a silence without times, time has gone on', () => {
  const timeline = new SegmentTimeline();
  timeline.update(list(0, 2), 100_000, targetMs);
  const { segments } = timeline.update(list(1, 2), 160_000, targetMs);
  assert.deepEqual(segments.at(-1)?.startMs, 158_000);
  assert.equal(segments.at(-1)?.isDiscontinuity, true);
});

test('after a discontinuity without a time of its own, time goes on', () => {
  const timeline = new SegmentTimeline();
  const listed = list(0, 3, { at: 100_000 }).map((one, index) => ({ ...one, isDiscontinuity: index === 1 }));
  assert.deepEqual(starts(timeline, listed, 999_000), [100_000, 102_000, 104_000]);
});

test('numbers that passed by are lost, with their time', () => {
  const timeline = new SegmentTimeline();
  timeline.update(list(0, 3, { at: 100_000 }), 0, targetMs);
  const { lost } = timeline.update(list(6, 3, { at: 112_000 }), 0, targetMs);
  assert.deepEqual(lost, { first: 3, last: 5, startMs: 106_000, endMs: 112_000 });
});

test('a counter that begins anew is a new timeline, nothing is lost by it', () => {
  const timeline = new SegmentTimeline();
  timeline.update(list(7, 3, { at: 100_000 }), 0, targetMs);
  const { segments, lost } = timeline.update(list(0, 2, { at: 150_000, run: 'b' }), 0, targetMs);
  assert.equal(lost, undefined);
  assert.deepEqual(
    segments.map(({ startMs, isDiscontinuity }) => [startMs, isDiscontinuity]),
    [
      [150_000, true],
      [152_000, false],
    ],
  );
});

test('the same numbers for other content are a counter that began anew', () => {
  const timeline = new SegmentTimeline();
  timeline.update(list(0, 3, { at: 100_000 }), 0, targetMs);
  assert.deepEqual(starts(timeline, list(0, 3, { at: 150_000, run: 'b' }), 0), [150_000, 152_000, 154_000]);
});

test('a clock that is set back loses nothing: time goes on until the clock has caught up', () => {
  const timeline = new SegmentTimeline();
  timeline.update(list(0, 2, { at: 100_000 }), 0, targetMs);
  assert.deepEqual(starts(timeline, list(2, 2, { at: 64_000 }), 0), [104_000, 106_000]);
  assert.deepEqual(starts(timeline, list(4, 1, { at: 120_000 }), 0), [120_000]);
});

test('a clock that jumps ahead is a new timeline', () => {
  const timeline = new SegmentTimeline();
  timeline.update(list(0, 2, { at: 100_000 }), 0, targetMs);
  const { segments } = timeline.update(list(2, 1, { at: 164_000 }), 0, targetMs);
  assert.deepEqual(
    segments.map(({ startMs, isDiscontinuity }) => [startMs, isDiscontinuity]),
    [[164_000, true]],
  );
});

test('long lists take time in proportion: a week in segments of two seconds would not end otherwise', () => {
  const timeline = new SegmentTimeline();
  const long = list(0, 60_000, { at: 0 });
  const begunAt = performance.now();
  timeline.update(long, 0, targetMs);
  assert.equal(timeline.update(long, 0, targetMs).segments.at(-1)?.startMs, 59_999 * 2000);
  assert.ok(performance.now() - begunAt < 20_000);
});
