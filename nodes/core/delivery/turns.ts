import type { Dispose } from '../time/clock.ts';

/** One at a time for each key, in the order of asking. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Settles when it is this caller's turn; the answer ends the turn. Rejects when `abort` comes first. */
  async take(key: string, abort: AbortSignal): Promise<Dispose> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const turn = Promise.withResolvers<void>();
    const whole = before.then(() => turn.promise);
    this.#last.set(key, whole);
    void whole.then(() => {
      if (this.#last.get(key) === whole) this.#last.delete(key);
    });
    try {
      await orAborted(before, abort);
    } catch (error) {
      turn.resolve();
      throw error;
    }
    return () => turn.resolve();
  }
}

async function orAborted(wait: Promise<void>, abort: AbortSignal): Promise<void> {
  abort.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(abort.reason as Error);
  abort.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([wait, aborted.promise]);
  } finally {
    abort.removeEventListener('abort', onAbort);
  }
}
