import type { Dispose } from './clock.ts';
import type { InstantLoop } from './instant-loop.ts';

export interface RefreshLoopOptions {
  loop: InstantLoop;
  /** Time between two good readings. */
  everyMs: number;
  /** One reading; rejects when it failed. */
  read(abort: AbortSignal): Promise<void>;
  /** 0..1; spreads the requests of many stations over time. */
  random?: () => number;
}

const firstRetryMs = 5000;

/** Reads again and again: at an even pace while it works, with growing pauses while it fails; never twice at once. */
export class RefreshLoop {
  readonly #options: RefreshLoopOptions;
  readonly #stop = new AbortController();
  readonly #random: () => number;
  #dispose: Dispose = () => {};
  #running: Promise<void> | undefined;
  #queued: Promise<void> | undefined;
  #failures = 0;

  constructor(options: RefreshLoopOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  /** Settles with the outcome of a reading that began after this call. */
  now(): Promise<void> {
    if (!this.#running) return this.#run();
    // One that runs may have read already what the caller knows to have changed.
    this.#queued ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#queued = undefined;
        return this.#run();
      });
    return this.#queued;
  }

  /** Asks for a reading; what comes of it is the business of `read`. */
  poke(): void {
    this.now().catch(() => {});
  }

  setPace(everyMs: number): void {
    this.#options.everyMs = everyMs;
    if (!this.#running) this.#plan();
  }

  stop(): void {
    this.#stop.abort();
    this.#dispose();
  }

  #run(): Promise<void> {
    this.#dispose();
    const running = this.#read().finally(() => {
      this.#running = undefined;
      this.#plan();
    });
    this.#running = running;
    return running;
  }

  async #read(): Promise<void> {
    this.#stop.signal.throwIfAborted();
    try {
      await this.#options.read(this.#stop.signal);
      this.#failures = 0;
    } catch (error) {
      this.#failures++;
      throw error;
    }
  }

  #plan(): void {
    this.#dispose();
    if (this.#stop.signal.aborted) return;
    const { everyMs, loop } = this.#options;
    const pauseMs =
      this.#failures === 0 ? everyMs : Math.min(everyMs, firstRetryMs * 2 ** Math.min(this.#failures - 1, 20));
    this.#dispose = loop.after(pauseMs * (0.9 + 0.2 * this.#random()), () => this.poke());
  }
}
