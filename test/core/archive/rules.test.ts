import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBetter, qualityOf } from '../../../nodes/core/archive/better.ts';
import type { Segment } from '../../../nodes/core/archive/chunk.ts';
import { chunkStem, objectKey, parseKey } from '../../../nodes/core/archive/chunk-key.ts';
import { chunkSpans, chunksToCapture } from '../../../nodes/core/archive/chunk-plan.ts';
import { holesOf, isNew, uncovered } from '../../../nodes/core/archive/coverage.ts';
import { chunksToExpire } from '../../../nodes/core/archive/retention.ts';
import { emptyChunk, fillTimeline } from '../../../nodes/core/archive/timeline.ts';

const minute = 60_000;
const at = (text: string) => Date.parse(`2026-11-21T${text}Z`);

function segment(startMs: number, durationMs = 2000, more: Partial<Segment> = {}): Segment {
  const place = { chunkStartMs: 0, track: 'main', sequence: 0, offset: 0, length: 1, isDiscontinuity: false };
  return { ...place, startMs, durationMs, kinds: ['video'], ...more };
}

test('chunks lie on UTC boundaries, also over midnight', () => {
  const spans = chunkSpans({ startMs: at('23:57:00'), endMs: at('23:57:00') + 6 * minute }, 5 * minute);
  assert.deepEqual(
    spans.map((span) => chunkStem('news', span)),
    [
      'news/2026-11-21/2026-11-21T23:55:00Z--2026-11-22T00:00:00Z',
      'news/2026-11-22/2026-11-22T00:00:00Z--2026-11-22T00:05:00Z',
    ],
  );
});

test('keys are read back, and what is not ours is not taken for it', () => {
  const stem = chunkStem('a.b', { startMs: at('10:00:00'), endMs: at('10:05:00') });
  const key = objectKey(stem, 'audio-en', 'fmp4', false);
  assert.equal(key, 'a.b/2026-11-21/2026-11-21T10:00:00Z--2026-11-21T10:05:00Z.audio-en.mp4');
  const rest = '.audio-en.mp4';
  assert.deepEqual(parseKey(key), { channel: 'a.b', startMs: at('10:00:00'), endMs: at('10:05:00'), rest });
  for (const other of ['a/b.mp4', 'x/2026-11-21/2026-11-21T10:00:00Z--garbage.mp4', key.replace('10:05', '09:05')]) {
    assert.equal(parseKey(other), undefined, other);
  }
});

test('holes are what no segment covers; rounding is none', () => {
  const span = { startMs: 0, endMs: 10_000 };
  const there = [segment(0), segment(2040), segment(8000)];
  assert.deepEqual(uncovered(span, there), [{ startMs: 4040, endMs: 8000 }]);
  const sequences = { first: 7, last: 8 };
  const loss = { track: 'main', startMs: 4000, endMs: 8000, sequences, code: 'SEGMENT_LOST', isSegment: false };
  assert.deepEqual(holesOf('main', span, there, [loss], { fallback: 'SOURCE_SILENT' }), [
    { startMs: 4040, endMs: 8000, track: 'main', code: 'SEGMENT_LOST', sequences: { first: 7, last: 8 } },
  ]);
});

test('a lost segment is a hole of the chunk in which it starts, with all of its length: the next begins behind it', () => {
  const span = { startMs: 0, endMs: 4000 };
  const there = [segment(0), segment(2000, 1950)];
  const lost = { track: 'main', startMs: 3950, endMs: 5950, code: 'SEGMENT_LOST', isSegment: true };
  const loss = { ...lost, sequences: { first: 11, last: 11 } };
  const { isSegment: _isSegment, ...hole } = loss;
  assert.deepEqual(holesOf('main', span, there, [loss], { fallback: 'SOURCE_SILENT' }), [hole]);
  assert.deepEqual(holesOf('main', span, [...there, segment(3950)], [loss], { fallback: 'SOURCE_SILENT' }), []);
  assert.ok(
    isBetter(qualityOf(span, [...there, segment(3950)], ['video']), qualityOf(span, there, ['video'])),
    'had later, it is worth taking the place of what is stored',
  );
});

test('a chunk begins where the segment before it ends; without one its begin is missing', () => {
  const span = { startMs: 10_000, endMs: 14_000 };
  const there = [segment(11_500), segment(13_500)];
  assert.deepEqual(holesOf('main', span, there, [], { reachesTo: 11_500, fallback: 'SOURCE_SILENT' }), []);
  const [hole] = holesOf('main', span, there, [], { fallback: 'SOURCE_SILENT' });
  assert.deepEqual(hole, { startMs: 10_000, endMs: 11_500, track: 'main', code: 'BEFORE_WINDOW' });
});

test('of two redundant sources a segment is taken when at least half of it is new', () => {
  const there = [segment(0), segment(6000)];
  assert.equal(isNew(segment(0), there), false);
  assert.equal(isNew(segment(1500), there), true);
  assert.equal(isNew(segment(500), there), false);
  assert.equal(isNew(segment(4000), there), true);
});

test('a chunk captured again replaces the stored one only when it is better', () => {
  const span = { startMs: 0, endMs: 10_000 };
  const quality = (segments: Segment[], kinds: Segment['kinds']) => qualityOf(span, segments, kinds);
  const stored = quality([segment(0), segment(2000)], ['video', 'audio']);
  assert.equal(isBetter(stored, stored), false);
  assert.equal(isBetter(quality([segment(0), segment(2000), segment(4000)], ['video', 'audio']), stored), true);
  // More time, but the sound would be gone.
  assert.equal(isBetter(quality([segment(0), segment(2000), segment(4000)], ['video']), stored), false);
});

test('what the source has and the archive has not is captured, the oldest first', () => {
  const span = (index: number) => ({ startMs: index * minute, endMs: (index + 1) * minute });
  const whole = { ...emptyChunk('news', span(1), 0), state: 'complete' as const };
  const known = [whole, { ...whole, ...span(2), isPartial: true }, { ...whole, ...span(3), state: 'expired' as const }];
  const window = { startMs: 0, endMs: 4 * minute + 1 };
  const starts = (wantsAgain: boolean) =>
    chunksToCapture(window, minute, known, () => wantsAgain).map(({ startMs }) => startMs / minute);
  assert.deepEqual(starts(true), [0, 2, 4]);
  assert.deepEqual(starts(false), [0, 4]);
});

test('a channel whose chunks get another length misses nothing and has nothing twice', () => {
  const known = [
    [0, 5],
    [5, 10],
  ].map(([from = 0, to = 0]) => ({
    ...emptyChunk('news', { startMs: from * minute, endMs: to * minute }, 0),
    state: 'complete' as const,
  }));
  const minutes = (chunks: typeof known, chunkMinutes: number, toMinute: number) =>
    chunksToCapture({ startMs: 0, endMs: toMinute * minute - 1 }, chunkMinutes * minute, chunks, () => true).map(
      ({ startMs, endMs }) => [startMs / minute, endMs / minute],
    );
  assert.deepEqual(minutes(known, 10, 20), [[10, 20]]);
  assert.deepEqual(minutes(known.slice(0, 1), 10, 20), [
    [5, 10],
    [10, 20],
  ]);
  assert.deepEqual(minutes(known.slice(1), 2, 12), [
    [0, 2],
    [2, 4],
    [4, 5],
    [10, 12],
  ]);
});

test('retention by age and by size; locked ranges stay', () => {
  const chunks = [0, 1, 2, 3].map((index) => ({ startMs: index * minute, endMs: (index + 1) * minute, sizeBytes: 10 }));
  const now = 4 * minute;
  const starts = (retentionMs: number, retentionBytes?: number, locks: { startMs: number; endMs: number }[] = []) =>
    chunksToExpire(chunks, { retentionMs, ...(retentionBytes ? { retentionBytes } : {}) }, locks, now).map(
      ({ startMs }) => startMs / minute,
    );
  assert.deepEqual(starts(3 * minute), [0]);
  assert.deepEqual(starts(10 * minute, 20), [0, 1]);
  assert.deepEqual(starts(2 * minute, 10, [{ startMs: 30_000, endMs: minute + 1 }]), [2, 3]);
});

test('the timeline has every chunk since the channel began, also those that are not there', () => {
  const channel = { name: 'news', chunkMs: minute, createdAt: minute + 1 };
  const there = { ...emptyChunk('news', { startMs: 2 * minute, endMs: 3 * minute }, 0), state: 'complete' as const };
  const line = fillTimeline(channel, { startMs: 0, endMs: 10 * minute }, [there], 4.5 * minute);
  assert.deepEqual(
    line.map(({ startMs, state }) => [startMs / minute, state]),
    [
      [1, 'missing'],
      [2, 'complete'],
      [3, 'missing'],
      [4, 'expected'],
    ],
  );
});
