/** Port: the two clocks of a machine. Targets are wall-clock instants, durations are monotonic. */
export interface Clock {
  /** Wall clock, epoch milliseconds (UTC). May jump. */
  now(): number;
  /** Monotonic milliseconds since an arbitrary origin. Never jumps, counts while the process is suspended. */
  monotonicMs(): number;
}

/** Takes back a subscription or a timer; calling it twice is harmless. */
export type Dispose = () => void;
