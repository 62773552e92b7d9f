import type { Clock } from '../../core/time/clock.ts';

/** More than this behind, and the oldest pictures give way: what is shown is to be now. */
const mostWaiting = 8;

/**
 * Shows pictures at an even pace that come in bunches: a capture is written twice a second. `show` gets one each
 * `everyMs`.
 */
export class PicturePacer {
  readonly #everyMs: number;
  readonly #clock: Clock;
  readonly #show: (jpeg: Uint8Array) => void;
  #waiting: Uint8Array[] = [];
  #timer: NodeJS.Timeout | undefined;
  #dueMs = 0;

  constructor(everyMs: number, clock: Clock, show: (jpeg: Uint8Array) => void) {
    this.#everyMs = everyMs;
    this.#clock = clock;
    this.#show = show;
  }

  offer(jpeg: Uint8Array): void {
    this.#waiting.push(jpeg);
    if (this.#waiting.length > mostWaiting) this.#waiting = this.#waiting.slice(-mostWaiting / 2);
    if (this.#timer === undefined) this.#next();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting = [];
  }

  #next(): void {
    this.#timer = undefined;
    const now = this.#clock.monotonicMs();
    if (now >= this.#dueMs) {
      const jpeg = this.#waiting.shift();
      if (!jpeg) return;
      // Late by less than a picture is made up for.
      this.#dueMs = Math.max(this.#dueMs + this.#everyMs, now);
      this.#show(jpeg);
    }
    this.#timer = setTimeout(() => this.#next(), Math.max(1, this.#dueMs - now));
    this.#timer.unref();
  }
}
