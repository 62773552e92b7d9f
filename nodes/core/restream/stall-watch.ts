import type { StreamLook } from './ports.ts';

/** Between two looks no more time than this counts: the runtime itself may have stood still (SIGSTOP, a laptop asleep). */
const longestStepMs = 5000;

/** Whether media flows: anything that changes from look to look is life, whatever an exit code or a socket says. */
export class StallWatch {
  #sign: string | undefined;
  #quietMs = 0;
  #lastLookMs: number;

  constructor(nowMs: number) {
    this.#lastLookMs = nowMs;
  }

  /** True when something came since the last look. */
  see(look: StreamLook, nowMs: number): boolean {
    const isNew = this.#sign !== undefined && look.sign !== this.#sign && look.sign !== '';
    // The first sign may be what an adopted stream has left behind long ago.
    this.#sign ??= look.sign;
    if (isNew) this.#sign = look.sign;
    this.#quietMs = isNew ? 0 : this.#quietMs + Math.min(longestStepMs, nowMs - this.#lastLookMs);
    this.#lastLookMs = nowMs;
    return isNew;
  }

  get quietMs(): number {
    return this.#quietMs;
  }
}
