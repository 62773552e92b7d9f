/** A capture that delivered for this long was a good one: the next failure starts from the first delay again. */
const goodRunMs = 10_000;
const firstDelayMs = 500;
const longestDelayMs = 30_000;

/**
 * How long to wait before the next try of a capture that ended by itself. A tool that was running well is restarted
 * at once; one that fails at once is not hammered. Pure, so that it can be reasoned about; `failures` in a row so far.
 */
export function restartDelay(failures: number, deliveredMs: number): { failures: number; delayMs: number } {
  if (deliveredMs >= goodRunMs) return { failures: 0, delayMs: 0 };
  const next = failures + 1;
  return { failures: next, delayMs: Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(failures, 6)) };
}
