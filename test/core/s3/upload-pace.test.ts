import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UploadPace } from '../../../nodes/core/s3/upload-pace.ts';

function pacing() {
  const clock = { nowMs: 5000, monotonicMs: () => clock.nowMs };
  const pace = new UploadPace(clock);
  /** From now. */
  const take = (sizeBytes: number, bytesPerSecond = 1000) => {
    const turn = pace.take(sizeBytes, bytesPerSecond);
    return { turn, times: [turn.beginAt - clock.nowMs, turn.endAt - clock.nowMs] };
  };
  return { clock, pace, take };
}

test('what all send together stays at the rate, also after a pause', () => {
  const { clock, take } = pacing();
  // Two at once: the second waits for the first.
  assert.deepEqual(
    [take(1000).times, take(500).times],
    [
      [0, 1000],
      [1000, 1500],
    ],
  );
  clock.nowMs += 1500;
  assert.deepEqual(take(100).times, [0, 100]);
  // What was not sent while nobody sent is not made up for.
  clock.nowMs += 60_000;
  assert.deepEqual(take(100).times, [0, 100]);
  // Another rate from now on.
  assert.deepEqual(take(100, 100).times, [100, 1100]);
});

test('who gives up before its turn holds nobody up that comes after it', () => {
  const { clock, pace, take } = pacing();
  const [first, second] = [take(1000), take(5000)];
  clock.nowMs += 500;
  pace.giveBack(second.turn);
  const third = take(200);
  assert.deepEqual(third.times, [500, 700], 'behind the first one');
  // They give up when their time has nearly come: nothing is made up for.
  clock.nowMs += 190;
  pace.giveBack(third.turn);
  pace.giveBack(first.turn);
  assert.deepEqual(take(100).times, [0, 100]);
});
