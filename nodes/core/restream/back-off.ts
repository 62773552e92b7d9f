import type { ReasonClass } from './restream.ts';

const second = 1000;
const minute = 60 * second;

const steps = [1, 2, 5, 10, 30, 60].map((seconds) => seconds * second);
/** Cameras lock out an address after a few wrong logins, for half an hour: one more try, then ever longer pauses. */
const loginSteps = [2 * second, 5 * minute, 10 * minute, 20 * minute, 30 * minute];
const jitter = 0.2;
/** Live for this long, and a failure counts as the first again. */
export const steadyMs = 60 * second;

/** Failures of a camera that follow one another. */
export interface FailureRow {
  failures: number;
  /** Of the last of them. */
  reason?: ReasonClass;
}

export interface BackOff extends FailureRow {
  delayMs: number;
}

/**
 * How long to wait after a failure. Spread by 20 % either way, so that cameras that failed together do not come back
 * together; a wrong login waits at least as long as it says. What was live and fails for another reason than before has
 * nothing to do with the failures before: it is tried again at once, not after the pause that those had come to.
 *
 * @param before failures in a row before this one
 * @param liveMs how long it was live before it failed
 * @param chance from 0 to 1
 */
export function backOff(reason: ReasonClass, before: FailureRow, liveMs: number, chance: number): BackOff {
  const isFirst = liveMs >= steadyMs || (liveMs > 0 && reason !== before.reason);
  const failures = (isFirst ? 0 : before.failures) + 1;
  const isLogin = reason === 'unauthorised';
  const list = isLogin ? loginSteps : steps;
  const base = list[Math.min(failures, list.length) - 1] ?? minute;
  const spread = isLogin ? chance * jitter : (chance * 2 - 1) * jitter;
  return { failures, reason, delayMs: Math.round(base * (1 + spread)) };
}
