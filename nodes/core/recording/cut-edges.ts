import type { CaptureJournal } from './capture-journal.ts';
import { endInCapture, endMarginMs, followersOf, startInCapture } from './cut-plan.ts';
import type { Recording } from './recording.ts';
import type { RecordingBook } from './recording-book.ts';

/** Notes where recordings begin and end in the captures that they are cut from. Each edge is fixed once. */
export class CutEdges {
  readonly #around: { book: RecordingBook; journal: CaptureJournal };

  constructor(around: { book: RecordingBook; journal: CaptureJournal }) {
    this.#around = around;
  }

  /** Notes where the recording begins in each capture, as soon as the capture's clock is known. */
  fixStart(recording: Recording, now: number): void {
    const { journal, book } = this.#around;
    if (now < recording.plannedStart) return;
    for (const { record, offsetMs, beginsMs = 0, cuts } of journal.of(recording.id)) {
      if (offsetMs === undefined || cuts[recording.id]) continue;
      const fromMs = startInCapture(recording, offsetMs);
      journal.cut(record.id, recording.id, fromMs === undefined ? {} : { fromMs });
      if (recording.start === undefined) {
        recording = book.change(recording.id, { start: Math.max(offsetMs + beginsMs, recording.plannedStart) });
      }
    }
  }

  fixEnd(recording: Recording): void {
    const { journal, book } = this.#around;
    const followers = followersOf(recording, book.live());
    for (const { record, offsetMs, cuts, recordingIds } of journal.of(recording.id)) {
      if (offsetMs === undefined || cuts[recording.id]?.toMs !== undefined) continue;
      // A follower on a capture of its own was timed by another clock.
      const isSeam = followers.some(({ id }) => recordingIds.includes(id));
      const toMs = endInCapture(recording, offsetMs, isSeam);
      // The measured offset may have become a little smaller since the follower's begin was fixed.
      const begins = followers.map(({ id }) => cuts[id]?.fromMs ?? 0).filter((fromMs) => fromMs - toMs < endMarginMs);
      journal.cut(record.id, recording.id, { toMs: Math.max(toMs, ...begins) });
    }
  }
}
