import type { Clock } from '../time/clock.ts';

/** Keeps what all uploads to one store send together below a rate. */
export class UploadPace {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  /** All that was let through has gone by then, at the rate. */
  #freeAt = 0;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** How long these bytes have to wait for their turn. They count from now on, whether they are sent or not. */
  waitMs(sizeBytes: number, bytesPerSecond: number): number {
    const now = this.#clock.monotonicMs();
    this.#freeAt = Math.max(now, this.#freeAt) + (sizeBytes / bytesPerSecond) * 1000;
    return this.#freeAt - now;
  }
}
