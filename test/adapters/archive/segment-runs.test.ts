import assert from 'node:assert/strict';
import { test } from 'node:test';
import { segmentRuns } from '../../../nodes/adapters/archive/dash/segment-runs.ts';
import type { TimelineEntry } from '../../../nodes/adapters/archive/dash/taken-timelines.ts';

/** A period that began a minute ago. */
const available = { now: 160, periodStart: 100, periodEnd: undefined, depth: Number.POSITIVE_INFINITY };
const entry = (d: number, r = 0, t?: bigint): TimelineEntry => ({ d, r, ...(t === undefined ? {} : { t }) });
const timeline = (entries: TimelineEntry[], template = {}, more = {}) =>
  segmentRuns(template, entries, { ...available, ...more }).map(({ number, time, length, count }) => [
    number,
    Number(time),
    length,
    count,
  ]);
const counted = (template: object, more = {}) =>
  segmentRuns({ timescale: 10, duration: 20, ...template }, undefined, { ...available, ...more }).map(
    ({ number, time, count }) => [number, Number(time), count],
  );

test('a timeline: times go on where none is given, numbers from the first one on', () => {
  assert.deepEqual(timeline([entry(2, 1, 10n), entry(3), entry(3, 2)], { startNumber: 7 }), [
    [7, 10, 2, 2],
    [9, 14, 3, 4],
  ]);
  assert.deepEqual(timeline([entry(2), entry(0, 5), entry(2, 0, 2n)]), [[1, 0, 2, 2]]);
});

test('what is missing in a timeline makes no run of one piece', () => {
  assert.deepEqual(timeline([entry(2, 2, 0n), entry(2, 0, 8n)]), [
    [1, 0, 2, 3],
    [4, 8, 2, 1],
  ]);
});

test('entries without an end: until the next one, the next period, or now', () => {
  const withoutEnd = [entry(2, -1, 0n)];
  assert.deepEqual(timeline([...withoutEnd, entry(4, 0, 11n)]), [
    [1, 0, 2, 5],
    [6, 11, 4, 1],
  ]);
  assert.deepEqual(timeline(withoutEnd), [[1, 0, 2, 30]]);
  assert.deepEqual(timeline(withoutEnd, {}, { periodEnd: 121 }), [[1, 0, 2, 10]]);
  // From an offset, in tenths.
  assert.deepEqual(timeline([entry(20, -1, 500n)], { timescale: 10, presentationTimeOffset: 500 }), [[1, 500, 20, 30]]);
  // Over, and nothing says when: at least itself.
  assert.deepEqual(timeline(withoutEnd, {}, { now: Number.POSITIVE_INFINITY }), [[1, 0, 2, 1]]);
});

test('counted by the clock: all but the newest, as far back as the source keeps them, to the end of the period', () => {
  assert.deepEqual(counted({}), [[1, 0, 29]]);
  assert.deepEqual(counted({ startNumber: 11, presentationTimeOffset: 70 }), [[11, 70, 29]]);
  assert.deepEqual(counted({}, { depth: 10 }), [[26, 500, 4]]);
  assert.deepEqual(counted({}, { periodEnd: 109 }), [[1, 0, 5]]);
  assert.deepEqual(counted({ startNumber: 11, endNumber: '14' }), [[11, 0, 4]]);
  assert.deepEqual(counted({}, { now: 100 }), []);
  assert.deepEqual(counted({ duration: undefined }), []);
});

test('of far too many only the newest', () => {
  assert.deepEqual(timeline([entry(2, 59_999, 0n), entry(3)]), [
    [10_002, 20_002, 2, 49_999],
    [60_001, 120_000, 3, 1],
  ]);
});
