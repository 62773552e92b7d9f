import { toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Dispose } from '../time/clock.ts';
import type { InstantLoop } from '../time/instant-loop.ts';
import type { LeaseStore } from './ports.ts';

/** A dead station's leases are free after this long; with `everyMs` that is less than 30 s until another has them. */
const ttlMs = 18_000;
const everyMs = 5000;
/**
 * While the store was away all leases have run out, also those of stations that live: for so many turns after it is back each
 * only renews what it holds, and takes nothing from the others.
 */
const turnsOfGrace = Math.ceil(ttlMs / everyMs);

interface Wanted {
  isOurs: boolean | undefined;
  /** Last known before this run. */
  wasOurs: boolean;
  listener: (isOurs: boolean) => void;
}

/** Holds the leases of this station. While the store is away, what was ours stays ours: streams go on. */
export class LeaseKeeper {
  readonly #store: LeaseStore;
  readonly #owner: string;
  readonly #log: Log;
  readonly #wanted = new Map<string, Wanted>();
  readonly #stopTimer: Dispose;
  #asking: Promise<void> | undefined;
  #isDue = false;
  #graceLeft = 0;
  #trouble: string | undefined;

  constructor(store: LeaseStore, owner: string, around: { loop: Pick<InstantLoop, 'every'>; log: Log }) {
    this.#store = store;
    this.#owner = owner;
    this.#log = around.log;
    this.#stopTimer = around.loop.every(everyMs, () => {
      if (this.#trouble === undefined && this.#graceLeft > 0) this.#graceLeft -= 1;
      this.#ask();
    });
  }

  /** What the store said last when it could not be asked. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /**
   * Wants a lease from now on. The listener hears whether it is ours, first within one question, then at each change.
   *
   * @param wasOurs to go by while the store is away and has not been asked yet
   */
  want(key: string, wasOurs: boolean, listener: (isOurs: boolean) => void): void {
    this.#wanted.set(key, { isOurs: undefined, wasOurs, listener });
    this.#ask();
  }

  /** Gives it back. Settles when others may have it. */
  async release(key: string): Promise<void> {
    const wanted = this.#wanted.get(key);
    this.#wanted.delete(key);
    if (wanted?.isOurs) await this.#give([key]);
  }

  async close(): Promise<void> {
    this.#stopTimer();
    const held = [...this.#wanted].filter(([, { isOurs }]) => isOurs).map(([key]) => key);
    this.#wanted.clear();
    await this.#asking;
    if (held.length > 0) await this.#give(held);
  }

  #ask(): void {
    this.#isDue = true;
    this.#asking ??= this.#askAll().finally(() => {
      this.#asking = undefined;
    });
  }

  async #askAll(): Promise<void> {
    // Those that are wanted in the same turn go with one question.
    await Promise.resolve();
    while (this.#isDue) {
      this.#isDue = false;
      if (this.#wanted.size === 0) return;
      const asked = [...this.#wanted].filter(([, { isOurs }]) => this.#graceLeft === 0 || isOurs);
      const keys = asked.map(([key]) => key);
      const free: string[] = [];
      try {
        const ours = keys.length > 0 ? await this.#store.claim(this.#owner, keys, ttlMs) : new Set<string>();
        this.#note(undefined);
        for (const [key, wanted] of asked) {
          if (this.#wanted.get(key) === wanted) this.#tell(wanted, ours.has(key));
          else if (ours.has(key) && !this.#wanted.has(key)) free.push(key);
        }
      } catch (error) {
        this.#note(toReelflowError(error).message);
        this.#graceLeft = turnsOfGrace;
        for (const wanted of this.#wanted.values()) this.#tell(wanted, undefined);
      }
      if (free.length > 0) await this.#give(free);
    }
  }

  #tell(wanted: Wanted, answer: boolean | undefined): void {
    const isOurs = answer ?? wanted.isOurs ?? wanted.wasOurs;
    if (isOurs === wanted.isOurs) return;
    wanted.isOurs = isOurs;
    wanted.listener(isOurs);
  }

  async #give(keys: readonly string[]): Promise<void> {
    await this.#store.release(this.#owner, keys).catch((error: unknown) => this.#note(toReelflowError(error).message));
  }

  #note(trouble: string | undefined): void {
    if (trouble !== undefined && this.#trouble === undefined) {
      this.#log.warn(`leases of cameras: ${trouble}; streams go on, and it is tried again`);
    }
    if (trouble === undefined && this.#trouble !== undefined) this.#log.info('leases of cameras: kept again');
    this.#trouble = trouble;
  }
}
