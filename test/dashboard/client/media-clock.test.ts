import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mediaTimeOf, playedSpan } from '../../../dashboard/client/media-clock.ts';

const noon = Date.parse('2026-11-26T12:00:00Z');
/** Two segments, a hole of ten seconds that the video's timeline knows nothing of, and two more. */
const fragments = [
  { start: 0, duration: 2, programDateTime: noon },
  { start: 2, duration: 2, programDateTime: noon + 2000 },
  { start: 4, duration: 2, programDateTime: noon + 14_000 },
  { start: 6, duration: 2, programDateTime: noon + 16_000 },
];

test('what is played, on the clock', () => {
  assert.deepEqual(playedSpan(fragments), { from: noon, to: noon + 18_000 });
  assert.equal(playedSpan([]), undefined);
  assert.equal(playedSpan([{ start: 0, duration: 2, programDateTime: null }]), undefined);
});

test('a time of day is a place in the video; one in a hole is what comes after it', () => {
  assert.equal(mediaTimeOf(fragments, noon), 0);
  assert.equal(mediaTimeOf(fragments, noon + 3500), 3.5);
  assert.equal(mediaTimeOf(fragments, noon + 9000), 4);
  assert.equal(mediaTimeOf(fragments, noon + 15_000), 5);
  assert.equal(mediaTimeOf(fragments, noon - 60_000), 0);
  assert.equal(mediaTimeOf(fragments, noon + 60_000), 8);
  assert.equal(mediaTimeOf([], noon), undefined);
});
