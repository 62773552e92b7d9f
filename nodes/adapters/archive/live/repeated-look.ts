import { setTimeout as delay } from 'node:timers/promises';
import { type ReelflowError, toReelflowError } from '../../../core/errors.ts';

const longestPauseMs = 10_000;
const shortestPauseMs = 250;
const firstTroublePauseMs = 500;

/**
 * Looks at one list of a live source again and again, each half of its longest segment (RFC 8216 section 6.3.4 asks not
 * to be faster), for as long as somebody waits for it: captures of two chunks that meet read it once, not twice.
 */
export class RepeatedLook<T extends { targetDurationMs: number }> {
  readonly #read: (abort: AbortSignal) => Promise<T>;
  #found: T | undefined;
  #trouble: ReelflowError | undefined;
  #waiting = Promise.withResolvers<void>();
  #readers = 0;
  #count = 0;
  #loop: AbortController | undefined;

  constructor(read: (abort: AbortSignal) => Promise<T>) {
    this.#read = read;
  }

  /** Of the last look that went well. */
  get found(): T | undefined {
    return this.#found;
  }

  /** How often it was read well. */
  get looks(): number {
    return this.#count;
  }

  /** Of the last look; undefined when it went well. */
  get trouble(): ReelflowError | undefined {
    return this.#trouble;
  }

  /** Settles at the next look, whatever came of it. */
  get changed(): Promise<void> {
    return this.#waiting.promise;
  }

  /** Reads it once now. Rejects as what was given to the constructor. */
  async look(abort: AbortSignal): Promise<T> {
    try {
      this.#found = await this.#read(abort);
      this.#trouble = undefined;
      this.#count += 1;
      return this.#found;
    } catch (error) {
      if (!abort.aborted) this.#trouble = toReelflowError(error, 'SOURCE_UNREACHABLE');
      throw error;
    }
  }

  /** Keeps reading until the returned function is called by everybody who called this. */
  keepReading(): () => void {
    this.#readers += 1;
    if (!this.#loop) {
      this.#loop = new AbortController();
      void this.#readOn(this.#loop.signal);
    }
    let isDone = false;
    return () => {
      if (isDone) return;
      isDone = true;
      this.#readers -= 1;
      if (this.#readers > 0) return;
      this.#loop?.abort();
      this.#loop = undefined;
    };
  }

  async #readOn(abort: AbortSignal): Promise<void> {
    let troubles = 0;
    while (!abort.aborted) {
      const begunAt = performance.now();
      try {
        await this.look(abort);
        troubles = 0;
      } catch {
        // Told by `trouble`.
        troubles += 1;
      }
      const { resolve } = this.#waiting;
      this.#waiting = Promise.withResolvers();
      resolve();
      const half = (this.#found?.targetDurationMs ?? 2 * longestPauseMs) / 2;
      const wanted = troubles > 0 ? firstTroublePauseMs * 2 ** Math.min(troubles - 1, 5) : half;
      const pauseMs = Math.min(longestPauseMs, Math.max(shortestPauseMs, wanted)) - (performance.now() - begunAt);
      if (!abort.aborted) await delay(Math.max(50, pauseMs), undefined, { signal: abort }).catch(() => {});
    }
  }
}
