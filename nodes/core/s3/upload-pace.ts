import type { Clock } from '../time/clock.ts';

/** When bytes are sent: from its begin on, and as if they took until its end. Monotonic ms. */
export interface UploadTurn {
  beginAt: number;
  endAt: number;
}

/** Keeps what all uploads to one store send together at a rate: each part has a turn as long as it takes at that rate. */
export class UploadPace {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  /** All turns that were given are over by then. */
  #freeAt = 0;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  take(sizeBytes: number, bytesPerSecond: number): UploadTurn {
    const beginAt = Math.max(this.#clock.monotonicMs(), this.#freeAt);
    this.#freeAt = beginAt + (sizeBytes / bytesPerSecond) * 1000;
    return { beginAt, endAt: this.#freeAt };
  }

  /** Nobody uses that turn: those who ask from now on need not wait for it. */
  giveBack({ beginAt, endAt }: UploadTurn): void {
    this.#freeAt -= endAt - beginAt;
  }
}
