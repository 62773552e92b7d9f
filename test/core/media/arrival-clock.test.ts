import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ArrivalClock } from '../../../nodes/core/media/arrival-clock.ts';

test('nothing is known before the first arrival', () => {
  assert.equal(new ArrivalClock().zeroMs, undefined);
});

test('late arrivals do not move it, the earliest one counts', () => {
  const clock = new ArrivalClock();
  for (const [mediaMs, lateMs] of [
    [0, 300],
    [1000, 20],
    [2000, 500],
    [3000, 45],
  ] as const) {
    clock.see(50_000 + mediaMs + lateMs, mediaMs);
  }
  assert.equal(clock.zeroMs, 50_020);
});

test('a camera clock that is slower than ours is followed', () => {
  const clock = new ArrivalClock(60_000);
  // 100 ppm for an hour: 360 ms.
  for (let second = 0; second <= 3600; second++) clock.see(second * 1000 * 1.0001, second * 1000);
  const zero = clock.zeroMs ?? 0;
  assert.ok(zero > 350 && zero <= 360, `${zero}`);
});

test('a camera clock that is faster is followed at once', () => {
  const clock = new ArrivalClock(60_000);
  for (let second = 0; second <= 3600; second++) clock.see(second * 1000 * 0.9999, second * 1000);
  assert.equal(clock.zeroMs, -360);
});
