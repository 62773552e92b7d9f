import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Chunk } from '../../../nodes/core/archive/chunk.ts';
import { emptyChunk } from '../../../nodes/core/archive/timeline.ts';
import { planPlayback, refuseGaps } from '../../../nodes/core/playback/playback-plan.ts';
import { at, stored, storedChunk } from './fixtures/stored.ts';

const now = at('2026-11-26T12:00:00Z');
const first = at('2026-11-26T10:00:00Z');

function plan(parts: ReturnType<typeof stored>, fromMs: number, toMs: number, isOpen = false) {
  const asked = { startMs: fromMs, endMs: toMs, isOpen };
  const segments = parts.segments.filter(({ startMs, durationMs }) => startMs < toMs && startMs + durationMs > fromMs);
  return planPlayback({ channel: 'bar', asked, ...parts, segments, now });
}

const empty = (startMs: number, state: Chunk['state']): { chunk: Chunk; segments: [] } => ({
  chunk: { ...emptyChunk('bar', { startMs, endMs: startMs + 10_000 }, now), state },
  segments: [],
});

test('a whole range is one run of whole segments, nothing is missing', () => {
  const parts = stored(...[0, 1, 2].map((n) => storedChunk(first + n * 10_000)));
  const { tracks, delivered, deliveredMs, gaps, isGrowing } = plan(parts, first + 3000, first + 25_000);
  assert.equal(tracks[0].runs.length, 1);
  assert.deepEqual(delivered, { startMs: first + 2000, endMs: first + 26_000 });
  assert.equal(deliveredMs, 24_000);
  assert.deepEqual(gaps, []);
  assert.equal(isGrowing, false);
});

test('a missing chunk and a missing segment are gaps with their reason, and end a run', () => {
  const parts = stored(
    storedChunk(first, { without: [3] }),
    empty(first + 10_000, 'missing'),
    storedChunk(first + 20_000),
  );
  const { tracks, gaps } = plan(parts, first, first + 30_000);
  assert.equal(tracks[0].runs.length, 3);
  assert.deepEqual(
    gaps.map(({ startMs, endMs, code }) => [startMs - first, endMs - first, code]),
    [
      [6000, 8000, 'NOT_ARCHIVED'],
      [10_000, 20_000, 'NOT_ARCHIVED'],
    ],
  );
  assert.throws(() => refuseGaps(plan(parts, first, first + 30_000)), {
    code: 'RANGE_HAS_GAPS',
    message: /2026-11-26T10:00:06Z to 2026-11-26T10:00:08Z \(main, NOT_ARCHIVED\)/,
  });
});

test('another init segment is a seam though no time is missing', () => {
  const parts = stored(storedChunk(first), storedChunk(first + 10_000, { init: 'b' }));
  assert.equal(plan(parts, first, first + 20_000).tracks[0].runs.length, 2);
});

test('what grows is told only up to the first chunk that is still on its way', () => {
  const parts = stored(storedChunk(first), empty(first + 10_000, 'uploading'), storedChunk(first + 20_000));
  const { isGrowing, delivered } = plan(parts, first, first + 30_000);
  assert.equal(isGrowing, true);
  assert.equal(delivered.endMs, first + 10_000);
  assert.equal(plan(stored(storedChunk(first)), first, first + 10_000, true).isGrowing, true, 'an open end');
});

test('nothing at all says why', () => {
  const reason = (parts: ReturnType<typeof stored>, fromMs: number) => () => plan(parts, fromMs, fromMs + 10_000);
  const code = 'RANGE_EMPTY';
  assert.throws(reason(stored(), now + 1000), { code, message: /in the future/ });
  assert.throws(reason(stored(), first), { code, message: /never archived/ });
  assert.throws(reason(stored(empty(first, 'capturing')), first), { code, message: /on its way/ });
  assert.throws(reason(stored(empty(first, 'expired')), first), { code, message: /removed/ });
});
