import { toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { CaptureJournal } from './capture-journal.ts';
import type { RecordingBook } from './recording-book.ts';
import type { RecordingFolders } from './recording-folders.ts';
import { isOver } from './state.ts';

interface SweeperSurroundings {
  book: RecordingBook;
  journal: CaptureJournal;
  folders: RecordingFolders;
  log: Log;
}

/** Removes captures that no recording needs any more. */
export class CaptureSweeper {
  readonly #around: SweeperSurroundings;

  constructor(around: SweeperSurroundings) {
    this.#around = around;
  }

  /** A crash between the end of a recording and the release of its captures must not keep those for ever. */
  forgetSettled(): void {
    const { book, journal } = this.#around;
    for (const id of new Set(journal.list().flatMap((capture) => capture.recordingIds))) {
      const state = book.get(id)?.state;
      // What a failed one holds is kept for a person to look at.
      if (state === undefined || (isOver(state) && state !== 'failed')) journal.unlink(id);
    }
  }

  /** The folder first: what is not in the journal is found by nobody. */
  async sweep(): Promise<void> {
    const { folders, journal, log } = this.#around;
    for (const { record, recordingIds, endedAt } of journal.list()) {
      if (recordingIds.length > 0 || endedAt === undefined || journal.isInherited(record.id)) continue;
      try {
        await folders.removeCapture(record);
        journal.remove(record.id);
      } catch (error) {
        log.error(`capture ${record.id} can not be removed: ${toReelflowError(error).message}`);
      }
    }
  }
}
