import type { Dispose } from '../time/clock.ts';

/** Lets so many in at once for each key; the others wait in the order of asking. */
export class Slots {
  readonly #taken = new Map<string, number>();
  readonly #waiting: { key: string; most: () => number; enter: () => void }[] = [];

  /**
   * Settles when there is room; the answer gives it back.
   *
   * @param most allowed at once; asked again each time one is given back
   */
  async take(key: string, most: () => number, abort: AbortSignal): Promise<Dispose> {
    abort.throwIfAborted();
    if (this.taken(key) < most()) return this.#enter(key);
    const turn = Promise.withResolvers<Dispose>();
    const entry = { key, most, enter: () => turn.resolve(this.#enter(key)) };
    this.#waiting.push(entry);
    const leave = (): void => {
      const at = this.#waiting.indexOf(entry);
      if (at >= 0) this.#waiting.splice(at, 1);
      turn.reject(abort.reason as Error);
    };
    abort.addEventListener('abort', leave, { once: true });
    try {
      return await turn.promise;
    } finally {
      abort.removeEventListener('abort', leave);
    }
  }

  taken(key: string): number {
    return this.#taken.get(key) ?? 0;
  }

  #enter(key: string): Dispose {
    this.#taken.set(key, this.taken(key) + 1);
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      this.#taken.set(key, this.taken(key) - 1);
      this.#admit(key);
    };
  }

  #admit(key: string): void {
    const next = this.#waiting.findIndex((one) => one.key === key && this.taken(key) < one.most());
    if (next >= 0) this.#waiting.splice(next, 1)[0]?.enter();
  }
}
