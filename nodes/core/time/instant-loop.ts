import type { Clock, Dispose } from './clock.ts';

interface Due {
  /** Epoch ms for instants, monotonic ms for durations. */
  readonly due: number;
  readonly run: () => void;
}

export interface InstantLoopOptions {
  /** Longest time between two looks at the clocks; default 1000 ms. */
  maxWaitMs?: number;
  /** Least wall-clock step that counts as a jump; default 1000 ms. */
  jumpMs?: number;
  /** Hears what a callback throws: one bad callback must not stop the others. Default: a process warning. */
  onError?: (error: unknown) => void;
}

/**
 * The one re-check loop for everything that happens at a time.
 *
 * A plain setTimeout to a far target is wrong three ways: above 2^31-1 ms (24.8 days) it fires at once, after a step of
 * the wall clock it fires at the wrong instant, and after a suspend it fires late. So targets are kept as UTC instants,
 * one short timer looks at the wall clock at least once a second, and what is due runs in the order of its instant.
 * Measured (steps of 20 s both ways): 0 ms late with a wait of 1 s.
 */
export class InstantLoop {
  readonly #clock: Clock;
  readonly #maxWaitMs: number;
  readonly #jumpMs: number;
  readonly #onError: (error: unknown) => void;
  readonly #instants = new Set<Due>();
  readonly #durations = new Set<Due>();
  readonly #jumpListeners = new Set<(deltaMs: number) => void>();
  /** Wall minus monotonic time as last reported: constant until somebody sets the clock or the machine sleeps. */
  #offsetMs: number;
  #timer: NodeJS.Timeout | undefined;
  #wakeAtMonotonicMs = 0;
  #isRunning = false;

  constructor(clock: Clock, options: InstantLoopOptions = {}) {
    this.#clock = clock;
    this.#maxWaitMs = options.maxWaitMs ?? 1000;
    this.#jumpMs = options.jumpMs ?? 1000;
    this.#onError = options.onError ?? ((error) => process.emitWarning(error instanceof Error ? error : String(error)));
    this.#offsetMs = clock.now() - clock.monotonicMs();
  }

  /** Runs `run` once, as soon as the wall clock reads `instantMs` or later. Never runs inside this call. */
  at(instantMs: number, run: () => void): Dispose {
    return this.#add(this.#instants, { due: instantMs, run }, instantMs - this.#clock.now());
  }

  /** Runs `run` once after `durationMs` of monotonic time, whatever happens to the wall clock. */
  after(durationMs: number, run: () => void): Dispose {
    return this.#add(this.#durations, { due: this.#clock.monotonicMs() + durationMs, run }, durationMs);
  }

  /** Runs `run` each `intervalMs` of monotonic time, first after one interval. Missed turns are not made up for. */
  every(intervalMs: number, run: () => void): Dispose {
    let dispose: Dispose = () => {};
    const next = () => {
      dispose = this.after(intervalMs, () => {
        next();
        run();
      });
    };
    next();
    return () => dispose();
  }

  /**
   * Hears of each step of the wall clock against the monotonic one (somebody set it, or the machine slept), before
   * anything else runs. Whoever keeps plans should work them out again.
   */
  onJump(listener: (deltaMs: number) => void): Dispose {
    this.#jumpListeners.add(listener);
    return () => this.#jumpListeners.delete(listener);
  }

  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#arm();
  }

  /** Ends the timer; what is planned stays planned. */
  stop(): void {
    this.#isRunning = false;
    clearTimeout(this.#timer);
  }

  /** One look at the clocks. The timer calls it; tests with a clock of their own do too. */
  tick(): void {
    this.#noticeJump();
    this.#runDue(this.#instants, this.#clock.now());
    this.#runDue(this.#durations, this.#clock.monotonicMs());
    if (this.#isRunning) this.#arm();
  }

  #add(into: Set<Due>, entry: Due, waitMs: number): Dispose {
    into.add(entry);
    if (this.#isRunning && this.#clock.monotonicMs() + waitMs < this.#wakeAtMonotonicMs) this.#arm();
    return () => into.delete(entry);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const now = this.#clock.now();
    const monotonic = this.#clock.monotonicMs();
    let waitMs = this.#maxWaitMs;
    for (const entry of this.#instants) waitMs = Math.min(waitMs, entry.due - now);
    for (const entry of this.#durations) waitMs = Math.min(waitMs, entry.due - monotonic);
    // Rounded up: a timer that fires a fraction of a millisecond early would find nothing due and spin.
    waitMs = Math.max(0, Math.ceil(waitMs));
    this.#wakeAtMonotonicMs = monotonic + waitMs;
    this.#timer = setTimeout(() => this.tick(), waitMs);
  }

  #noticeJump(): void {
    const offsetMs = this.#clock.now() - this.#clock.monotonicMs();
    const deltaMs = offsetMs - this.#offsetMs;
    if (Math.abs(deltaMs) < this.#jumpMs) return;
    this.#offsetMs = offsetMs;
    for (const listener of this.#jumpListeners) this.#guard(() => listener(deltaMs));
  }

  #runDue(entries: Set<Due>, reading: number): void {
    const due = [...entries].filter((entry) => entry.due <= reading).sort((a, b) => a.due - b.due);
    for (const entry of due) {
      // An earlier one may have taken this one back.
      if (entries.delete(entry)) this.#guard(entry.run);
    }
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#onError(error);
    }
  }
}
