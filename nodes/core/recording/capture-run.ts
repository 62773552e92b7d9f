import { toReelflowError } from '../errors.ts';
import type { CaptureProcess, CaptureStatus } from './capture.ts';
import type { CaptureSurroundings } from './capture-surroundings.ts';

/** Some cameras need this long from connect to first frame. */
const firstFrameLimitMs = 20_000;
/** How often the journal gets the measured figures; a crash loses only figures that the files hold as well. */
const durableEveryMs = 10_000;

/** One running capture tool of a camera, as it is looked at again and again. */
export class CaptureRun {
  readonly process: CaptureProcess;
  readonly #around: CaptureSurroundings;
  /** When the tool was asked for: preparing its spawn is a part of the start. Undefined for an adopted one. */
  readonly #askedMonotonic: number | undefined;
  readonly #startedMonotonic: number;
  #durableMonotonic: number;
  #status: CaptureStatus | undefined;
  #isEnding = false;
  #isGone = false;

  constructor(process: CaptureProcess, around: CaptureSurroundings, askedMonotonic: number | undefined) {
    this.process = process;
    this.#around = around;
    this.#askedMonotonic = askedMonotonic;
    this.#startedMonotonic = around.clock.monotonicMs();
    this.#durableMonotonic = this.#startedMonotonic;
    void process.exited.then(() => {
      this.#isGone = true;
    });
  }

  get id(): string {
    return this.process.record.id;
  }

  get status(): CaptureStatus | undefined {
    return this.#status;
  }

  /** It was asked to end. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Its tool has ended. */
  get isGone(): boolean {
    return this.#isGone;
  }

  get mediaMs(): number {
    return this.#status?.mediaMs ?? 0;
  }

  /** Wall time of its first picture; undefined before it. */
  get beginsAt(): number | undefined {
    const { offsetMs, beginsMs = 0 } = this.#status ?? {};
    return offsetMs === undefined ? undefined : offsetMs + beginsMs;
  }

  /** How much it holds. */
  get heldMs(): number {
    return this.mediaMs - (this.#status?.beginsMs ?? 0);
  }

  /** Media time that is left until its guard ends it; unknown for user's tools and captures of older versions. */
  get leftMs(): number | undefined {
    const { guardMs, outputs } = this.process.record;
    return guardMs === undefined || outputs ? undefined : guardMs - this.mediaMs;
  }

  serves(recordingId: string): boolean {
    return this.#around.journal.get(this.id)?.recordingIds.includes(recordingId) ?? false;
  }

  /** Reads its files and notes what they tell. `hasAdvanced`: pictures came since the last time. */
  async measure(): Promise<{ status: CaptureStatus; hasAdvanced: boolean }> {
    const { clock, journal } = this.#around;
    const status = await this.process.status();
    const before = this.#status;
    this.#status = status;
    const { input } = this.process.record;
    const { offsetMs, beginsMs, mediaMs, sizeBytes } = status;
    const monotonic = clock.monotonicMs();
    const isFirstFrame = offsetMs !== undefined && journal.get(this.id)?.offsetMs === undefined;
    const isDurable = isFirstFrame || monotonic - this.#durableMonotonic > durableEveryMs;
    if (isDurable) this.#durableMonotonic = monotonic;
    const begin = beginsMs === undefined ? {} : { beginsMs };
    journal.measure(
      this.id,
      { mediaMs, sizeBytes, ...(offsetMs === undefined ? {} : { offsetMs }), ...begin },
      isDurable,
    );
    if (isFirstFrame) {
      const firstFrameAt = offsetMs + (beginsMs ?? 0);
      const ageMs = clock.now() - firstFrameAt;
      const delayMs = this.#askedMonotonic === undefined ? undefined : monotonic - this.#askedMonotonic - ageMs;
      this.#around.onFirstFrame(input, delayMs, firstFrameAt);
    }
    return { status, hasAdvanced: before !== undefined && mediaMs > before.mediaMs };
  }

  /** Lives, but has delivered nothing for too long. */
  isStalled(stallMs: number): boolean {
    const status = this.#status;
    if (!status?.isRunning || this.#isEnding) return false;
    const advanced = Math.max(status.lastAdvanceMonotonicMs ?? 0, this.#startedMonotonic);
    const limit = status.mediaMs > 0 ? stallMs : Math.max(stallMs, firstFrameLimitMs);
    return this.#around.clock.monotonicMs() - advanced > limit;
  }

  /** Asks the tool to end. What goes wrong then is said, and must not end the runtime. */
  end(options?: { graceMs: number }): void {
    this.#isEnding = true;
    this.process.stop(options).catch((error: unknown) => {
      this.#isEnding = false;
      const { input } = this.process.record;
      this.#around.log.error(`${input}: the capture tool can not be ended: ${toReelflowError(error).message}`);
    });
  }
}
