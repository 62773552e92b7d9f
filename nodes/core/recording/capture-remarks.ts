import type { Clock } from '../time/clock.ts';
import { afterFirstFrame } from './cold-start.ts';
import { preRollLimitMs } from './pre-roll.ts';
import type { RecordingBook } from './recording-book.ts';
import { isWaiting } from './state.ts';
import { withWarning } from './warnings.ts';

/** What happens to captures, noted at the recordings that it concerns. */
export class CaptureRemarks {
  readonly #book: RecordingBook;
  readonly #clock: Clock;

  constructor(book: RecordingBook, clock: Clock) {
    this.#book = book;
    this.#clock = clock;
  }

  /** Those that waited for their camera begin now. */
  firstFrame(input: string, at: number): void {
    for (const recording of this.#book.live()) {
      const times = recording.inputs.includes(input) ? afterFirstFrame(recording, at) : undefined;
      if (times) this.#book.tryChange(recording.id, times);
    }
  }

  interrupted(input: string, reason: string): void {
    const at = this.#clock.now();
    for (const recording of this.#book.live()) {
      const isAboutTo = isWaiting(recording.state) && recording.plannedStart - at < preRollLimitMs;
      if (!recording.inputs.includes(input) || !(recording.state === 'recording' || isAboutTo)) continue;
      const warning = { at, input, code: 'CAPTURE_INTERRUPTED', message: reason };
      this.#book.tryChange(recording.id, withWarning(recording, warning));
    }
  }

  busy(input: string, recordingId: string): void {
    const message = `camera "${input}" was taken by another recording, which came first`;
    const warning = { at: this.#clock.now(), input, code: 'INPUT_BUSY', message };
    this.#book.tryChange(recordingId, withWarning(this.#book.need(recordingId), warning));
  }
}
