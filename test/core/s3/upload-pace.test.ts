import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UploadPace } from '../../../nodes/core/s3/upload-pace.ts';

test('what all send together stays at the rate, also after a pause', () => {
  let nowMs = 5000;
  const pace = new UploadPace({ monotonicMs: () => nowMs });
  // Two at once: the second waits for the first.
  assert.deepEqual([pace.waitMs(1000, 1000), pace.waitMs(500, 1000)], [1000, 1500]);
  nowMs += 1500;
  assert.equal(pace.waitMs(100, 1000), 100);
  // What was not sent while nobody sent is not made up for.
  nowMs += 60_000;
  assert.equal(pace.waitMs(100, 1000), 100);
  // Another rate from now on.
  assert.equal(pace.waitMs(100, 100), 1100);
});
