import type { Alarms } from '../alarms/alarms.ts';
import type { Clock } from '../time/clock.ts';
import { isPaused } from './pause.ts';
import type { RecordingBook } from './recording-book.ts';

/** A break is shorter; what was forgotten is still worth saving then. */
const forgottenAfterMs = 5 * 60_000;

/** A pause that somebody forgot would cost the rest of the lecture: it is said aloud, as long as it lasts. */
export class PauseWatch {
  readonly #around: { book: RecordingBook; alarms: Alarms; clock: Clock };
  readonly #raised = new Set<string>();

  constructor(around: { book: RecordingBook; alarms: Alarms; clock: Clock }) {
    this.#around = around;
  }

  look(): void {
    const { book, alarms, clock } = this.#around;
    const forgotten = book.live().filter((recording) => {
      const since = recording.pauses?.at(-1)?.start;
      const isOpen = recording.state === 'recording' && isPaused(recording);
      return isOpen && since !== undefined && clock.now() - since >= forgottenAfterMs;
    });
    const ids = new Set(forgotten.map(({ id }) => id));
    for (const { id, title } of forgotten) {
      if (this.#raised.has(id)) continue;
      this.#raised.add(id);
      const message = `"${title}" has been paused for ${forgottenAfterMs / 60_000} minutes`;
      alarms.raise(`paused:${id}`, { severity: 'warning', code: 'STILL_PAUSED', message });
    }
    for (const id of this.#raised) {
      if (ids.has(id)) continue;
      this.#raised.delete(id);
      alarms.clear(`paused:${id}`);
    }
  }
}
