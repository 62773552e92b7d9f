import { toReelflowError } from '../errors.ts';
import type { Dispose } from '../time/clock.ts';
import type { InstantLoop } from '../time/instant-loop.ts';

export interface RetryLaneOptions {
  loop: InstantLoop;
  /** Does all there is to do now; rejects when it has to be tried again later. */
  work(abort: AbortSignal): Promise<void>;
  onFailure(error: { code: string; message: string }): void;
}

const firstPauseMs = 5000;
const maxPauseMs = 30_000;

/** Work that is done when somebody asks, never twice at once, and again with growing pauses while it fails. */
export class RetryLane {
  readonly #options: RetryLaneOptions;
  readonly #stop = new AbortController();
  #isRunning = false;
  #isAsked = false;
  #failures = 0;
  #waiting: Dispose | undefined;

  constructor(options: RetryLaneOptions) {
    this.#options = options;
  }

  /** There is something to do. While it fails, that waits for the next try. */
  poke(): void {
    this.#isAsked = true;
    if (!this.#isRunning && !this.#waiting && !this.#stop.signal.aborted) void this.#run();
  }

  /** What kept it from working is over. */
  wake(): void {
    this.#waiting?.();
    this.#waiting = undefined;
    this.poke();
  }

  stop(): void {
    this.#stop.abort();
    this.#waiting?.();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      while (this.#isAsked && !this.#stop.signal.aborted) {
        this.#isAsked = false;
        await this.#options.work(this.#stop.signal);
        this.#failures = 0;
      }
    } catch (thrown) {
      if (!this.#stop.signal.aborted) this.#retryLater(thrown);
    } finally {
      this.#isRunning = false;
    }
  }

  #retryLater(thrown: unknown): void {
    const pauseMs = Math.min(maxPauseMs, firstPauseMs * 2 ** Math.min(10, this.#failures));
    this.#failures += 1;
    this.#waiting = this.#options.loop.after(pauseMs, () => this.wake());
    const { code, message } = toReelflowError(thrown);
    this.#options.onFailure({ code, message });
  }
}
