import type { Dispose } from '../time/clock.ts';
import type { InstantLoop } from '../time/instant-loop.ts';

/** A wait that can be cut short. One at a time; whoever waits looks first whether there is still a reason to. */
export class WakeablePause {
  readonly #loop: Pick<InstantLoop, 'after'>;
  #wake: (() => void) | undefined;

  constructor(loop: Pick<InstantLoop, 'after'>, signal: AbortSignal) {
    this.#loop = loop;
    signal.addEventListener('abort', () => this.wake(), { once: true });
  }

  /** True when it was cut short. */
  async wait(ms: number): Promise<boolean> {
    let dispose: Dispose = () => {};
    const wasWoken = await new Promise<boolean>((resolve) => {
      dispose = this.#loop.after(ms, () => resolve(false));
      this.#wake = () => resolve(true);
    });
    dispose();
    this.#wake = undefined;
    return wasWoken;
  }

  wake(): void {
    this.#wake?.();
  }
}
