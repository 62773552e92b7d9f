import type { Clock } from '../../core/time/clock.ts';

/**
 * The clocks of the operating system.
 *
 * `monotonicMs` is CLOCK_MONOTONIC (through process.hrtime): it is never set, and it goes on while the process is
 * stopped (SIGSTOP, a debugger, a frozen cgroup). On Linux it stands still while the whole machine sleeps; the wall
 * clock does not, so waking up looks like a forward jump of the wall clock, which is what InstantLoop reports it as.
 */
export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  monotonicMs(): number {
    return Number(process.hrtime.bigint() / 1000n) / 1000;
  }
}
