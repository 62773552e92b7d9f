import type { Log } from '../../core/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import { CaptureMotion } from './capture-motion.ts';

/** How many captures are decoded for lookers at the same time; the others show a picture a second. */
export class MotionSlots {
  #free: number;

  constructor(count = 4) {
    this.#free = count;
  }

  take(): boolean {
    if (this.#free === 0) return false;
    this.#free -= 1;
    return true;
  }

  give(): void {
    this.#free += 1;
  }
}

/** A page that nobody closes must not cost for ever; who looks anew gets as much again. */
const longestMs = 10 * 60_000;
/** No picture for so long: it hangs, or the camera does. */
const silentMs = 10_000;
const pauseMs = 10_000;

interface MotionAround {
  slots: MotionSlots;
  toolPath: string;
  lingerMs: number;
  clock: Clock;
  log: Log;
}

/** Keeps a camera's capture decoded as long as somebody wants to see it move. */
export class MotionOfCapture {
  readonly #around: MotionAround;
  readonly #show: (jpeg: Uint8Array) => void;
  #motion: CaptureMotion | undefined;
  #begunMs = 0;
  #shownMs = Number.NEGATIVE_INFINITY;
  #wantedMs = Number.NEGATIVE_INFINITY;
  #lookSinceMs = Number.NEGATIVE_INFINITY;
  #notBeforeMs = Number.NEGATIVE_INFINITY;

  constructor(around: MotionAround, show: (jpeg: Uint8Array) => void) {
    this.#around = around;
    this.#show = show;
  }

  /** Pictures come: those of the capture's own preview are not needed. */
  get isShowing(): boolean {
    return this.#motion !== undefined && this.#now - this.#shownMs < 3000;
  }

  /** Somebody new looks. */
  wanted(): void {
    this.#lookSinceMs = this.#now;
  }

  /** Several times a second. `directory`: of the running capture. */
  async look(directory: string | undefined, isWanted: boolean): Promise<void> {
    const { lingerMs, slots } = this.#around;
    if (isWanted) this.#wantedMs = this.#now;
    const isInTime = this.#now - this.#lookSinceMs < longestMs && this.#now - this.#wantedMs <= lingerMs;
    const isSilent = this.#now - Math.max(this.#shownMs, this.#begunMs) > silentMs;
    if (this.#motion && (!isInTime || isSilent || this.#motion.directory !== directory)) {
      if (isSilent) this.#notBeforeMs = this.#now + pauseMs;
      await this.end();
    }
    if (directory === undefined || this.#motion || !isWanted || !isInTime || this.#now < this.#notBeforeMs) return;
    if (slots.take()) this.#begin(directory);
  }

  async end(): Promise<void> {
    const motion = this.#motion;
    this.#motion = undefined;
    if (!motion) return;
    await motion.stop();
    this.#around.slots.give();
  }

  #begin(directory: string): void {
    const { clock, log, slots, toolPath } = this.#around;
    this.#begunMs = this.#now;
    const motion = new CaptureMotion(directory, toolPath, clock, (jpeg) => {
      if (this.#motion !== motion) return;
      this.#shownMs = this.#now;
      this.#show(jpeg);
    });
    this.#motion = motion;
    motion.ended.then(
      (said) => {
        if (this.#motion !== motion) return;
        this.#motion = undefined;
        this.#notBeforeMs = this.#now + pauseMs;
        slots.give();
        log.debug(`moving pictures of ${directory}: ${said}`);
      },
      () => undefined,
    );
  }

  get #now(): number {
    return this.#around.clock.monotonicMs();
  }
}
