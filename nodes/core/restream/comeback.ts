import { isTargetTrouble } from './failure.ts';
import type { ReasonClass } from './restream.ts';
import type { SupervisorSurroundings } from './surroundings.ts';
import type { WakeablePause } from './wakeable-pause.ts';

const knockMs = 2000;

/** Waits for a camera that has failed: for the pause, or until it answers again. */
export class Comeback {
  readonly #around: Pick<SupervisorSurroundings, 'clock' | 'camera' | 'knock'>;
  readonly #pause: WakeablePause;
  readonly #signal: AbortSignal;
  /** Until it was tried because of an answer, and failed. */
  #isKnockTrusted = true;

  constructor(
    around: Pick<SupervisorSurroundings, 'clock' | 'camera' | 'knock'>,
    pause: WakeablePause,
    signal: AbortSignal,
  ) {
    this.#around = around;
    this.#pause = pause;
    this.#signal = signal;
  }

  /** It was live: its answers mean something. */
  trust(): void {
    this.#isKnockTrusted = true;
  }

  /**
   * Settles after the pause, when somebody wakes it, or when the camera answers again (true): the first knock that is answered
   * after one that was not.
   */
  async wait(delayMs: number, reason: ReasonClass, isOver: () => boolean): Promise<boolean> {
    const { clock, camera, knock } = this.#around;
    const untilMs = clock.monotonicMs() + delayMs;
    const knocks = reason !== 'unauthorised' && !isTargetTrouble(reason);
    // The try that has just failed was a knock in vain, unless answers have proved to say little about this camera.
    let hasKnockedInVain = this.#isKnockTrusted && ['refused', 'no-host', 'not-found'].includes(reason);
    for (;;) {
      const leftMs = untilMs - clock.monotonicMs();
      if (leftMs <= 0 || isOver()) return false;
      if (await this.#pause.wait(knocks ? Math.min(leftMs, knockMs) : leftMs)) return false;
      if (untilMs - clock.monotonicMs() <= 0) return false;
      if (!knocks) continue;
      if (!(await knock(camera.url, this.#signal))) hasKnockedInVain = true;
      else if (hasKnockedInVain) {
        this.#isKnockTrusted = false;
        return true;
      }
    }
  }
}
