import type { ReasonClass } from './restream.ts';

const second = 1000;
const minute = 60 * second;

const steps = [1, 2, 5, 10, 30, 60].map((seconds) => seconds * second);
/** Cameras lock out an address after a few wrong logins, for half an hour: one more try, then ever longer pauses. */
const loginSteps = [2 * second, 5 * minute, 10 * minute, 20 * minute, 30 * minute];
const jitter = 0.2;
/** Live for this long, and a failure counts as the first again. */
export const steadyMs = 60 * second;

export interface BackOff {
  /** In a row. */
  failures: number;
  delayMs: number;
}

/**
 * How long to wait after a failure. Spread by 20 % either way, so that cameras that failed together do not come back
 * together; a wrong login waits at least as long as it says.
 *
 * @param before failures in a row before this one
 * @param liveMs how long it was live before it failed
 * @param chance from 0 to 1
 */
export function backOff(reason: ReasonClass, before: number, liveMs: number, chance: number): BackOff {
  const failures = (liveMs >= steadyMs ? 0 : before) + 1;
  const isLogin = reason === 'unauthorised';
  const list = isLogin ? loginSteps : steps;
  const base = list[Math.min(failures, list.length) - 1] ?? minute;
  const spread = isLogin ? chance * jitter : (chance * 2 - 1) * jitter;
  return { failures, delayMs: Math.round(base * (1 + spread)) };
}
