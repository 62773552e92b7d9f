import { setTimeout as delay } from 'node:timers/promises';
import { aborted } from './aborted.ts';

export interface GateOptions {
  firstPauseMs: number;
  maxPauseMs: number;
  /** Until one attempt has worked, each waits for the outcome of the one before: a wrong password is tried once. */
  isCautious?: boolean;
}

/** One attempt's leave to go; exactly one of its outcomes has to be told, `leave` where there was none. */
export interface Turn {
  good(): void;
  bad(): void;
  leave(): void;
}

/**
 * Lets attempts through freely while they work, and one at a time with growing pauses while they fail: however many ask,
 * the other side is not hammered. The first success lets all through that wait.
 */
export class AttemptGate {
  readonly #options: GateOptions;
  #failures = 0;
  /** Attempts of one round know nothing of each other's outcome: they count as one failure. */
  #round = 0;
  #nextMs = 0;
  #isProven: boolean;
  #isTrying = false;
  #change = Promise.withResolvers<void>();

  constructor(options: GateOptions) {
    this.#options = options;
    this.#isProven = options.isCautious !== true;
  }

  /**
   * Settles when it is the caller's turn. Rejects with ABORTED.
   *
   * @param isLong an upload: nobody waits for its outcome
   */
  async enter(abort: AbortSignal | undefined, isLong = false): Promise<Turn> {
    for (;;) {
      if (abort?.aborted) throw aborted();
      const waitMs = this.#failures > 0 ? this.#nextMs - performance.now() : 0;
      if (waitMs <= 0 && (this.#isProven || !this.#isTrying)) break;
      await this.#wait(waitMs > 0 ? waitMs : undefined, abort);
    }
    if (this.#failures > 0) this.#nextMs = performance.now() + this.#pauseMs;
    const isHolding = !this.#isProven && !isLong;
    if (isHolding) this.#isTrying = true;
    return this.#turn(this.#round, isHolding);
  }

  #turn(round: number, isHolding: boolean): Turn {
    let isOver = false;
    const end = (outcome: () => void) => {
      if (isOver) return;
      isOver = true;
      outcome();
      if (isHolding) this.#isTrying = false;
      this.#tell();
    };
    return {
      good: () =>
        end(() => {
          this.#failures = 0;
          this.#isProven = true;
        }),
      bad: () =>
        end(() => {
          if (round === this.#round) {
            this.#round += 1;
            this.#failures += 1;
          }
          this.#nextMs = Math.max(this.#nextMs, performance.now() + this.#pauseMs);
        }),
      leave: () => end(() => {}),
    };
  }

  get #pauseMs(): number {
    const { firstPauseMs, maxPauseMs } = this.#options;
    return Math.min(maxPauseMs, firstPauseMs * 2 ** Math.min(20, Math.max(0, this.#failures - 1)));
  }

  async #wait(ms: number | undefined, abort: AbortSignal | undefined): Promise<void> {
    const waits: Promise<unknown>[] = [this.#change.promise];
    const over = new AbortController();
    const signal = abort ? AbortSignal.any([abort, over.signal]) : over.signal;
    // Also without a time of its own a wait ends with the caller's signal.
    waits.push(delay(ms ?? 60_000, undefined, { signal }).catch(() => {}));
    await Promise.race(waits);
    over.abort();
  }

  #tell(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers<void>();
  }
}
