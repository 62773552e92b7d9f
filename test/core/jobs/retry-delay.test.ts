import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryDelayMs } from '../../../nodes/core/jobs/retry-delay.ts';

const policy = { maxAttempts: Number.POSITIVE_INFINITY, firstDelayMs: 1000, maxDelayMs: 60_000 };

test('the delay doubles up to the limit', () => {
  const delays = [1, 2, 3, 4, 7, 8, 2000].map((attempts) => retryDelayMs(policy, attempts, 0.5));
  assert.deepEqual(delays, [1000, 2000, 4000, 8000, 60_000, 60_000, 60_000]);
});

test('each is up to a fifth shorter or longer', () => {
  assert.equal(retryDelayMs(policy, 1, 0), 800);
  assert.equal(retryDelayMs(policy, 1, 1), 1200);
});
