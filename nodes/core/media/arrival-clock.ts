/**
 * Finds the wall time of media time 0 from moments at which media was seen: "at this instant, the frame of this media
 * time had just arrived". A frame can come late but never early, so the earliest arrival of a window tells most; a
 * window, because the clocks of camera and computer drift apart.
 *
 * Arrivals are kept on the monotonic clock: a step of the wall clock moves the answer at once and spoils nothing.
 */
export class ArrivalClock {
  readonly #windowMs: number;
  #samples: { seenMs: number; zeroMs: number }[] = [];

  constructor(windowMs = 60_000) {
    this.#windowMs = windowMs;
  }

  /** `arrivalMs` on the monotonic clock; `mediaMs` of the frame that arrived then. */
  see(arrivalMs: number, mediaMs: number): void {
    const zeroMs = arrivalMs - mediaMs;
    // Only samples that may still become the minimum are kept: the list rises and stays short.
    this.#samples = this.#samples.filter(
      (sample) => sample.seenMs > arrivalMs - this.#windowMs && sample.zeroMs < zeroMs,
    );
    this.#samples.push({ seenMs: arrivalMs, zeroMs });
  }

  /** Monotonic time of media time 0; undefined before the first arrival. */
  get zeroMs(): number | undefined {
    return this.#samples[0]?.zeroMs;
  }
}
