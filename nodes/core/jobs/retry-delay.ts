import type { RetryPolicy } from './job-queue.ts';

const jitter = 0.2;
const mostDoublings = 30;

/**
 * How long to wait after the n-th failed attempt, ms: doubled each time up to the policy's limit, and up to a fifth more
 * or less, so that many jobs that failed together (a share went away) do not come back together.
 *
 * @param attempts failed so far, from 1
 * @param random 0..1
 */
export function retryDelayMs(policy: RetryPolicy, attempts: number, random: number): number {
  const doublings = Math.min(mostDoublings, Math.max(0, attempts - 1));
  const delayMs = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** doublings);
  return Math.round(delayMs * (1 - jitter + 2 * jitter * random));
}
