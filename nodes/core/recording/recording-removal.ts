import type { Caller } from '../bus/command.ts';
import { ReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { CalledOffEvents } from './called-off.ts';
import type { CaptureFleet } from './capture-fleet.ts';
import type { CaptureJournal } from './capture-journal.ts';
import type { CaptureSweeper } from './capture-sweeper.ts';
import type { FinishingLine } from './finishing-line.ts';
import type { Recording } from './recording.ts';
import type { RecordingBook } from './recording-book.ts';
import type { RecordingFolders } from './recording-folders.ts';
import { isRunning, isWaiting } from './state.ts';

interface RemovalSurroundings {
  book: RecordingBook;
  fleet: CaptureFleet;
  journal: CaptureJournal;
  finishing: FinishingLine;
  sweeper: CaptureSweeper;
  calledOff: CalledOffEvents;
  folders: RecordingFolders;
  log: Log;
}

/** Removes recordings that a person does not want any more, with everything that belongs to them. */
export class RecordingRemoval {
  readonly #around: RemovalSurroundings;

  constructor(around: RemovalSurroundings) {
    this.#around = around;
  }

  /** `keepsFiles`: only what is known of it goes. Rejects with RECORDING_UNKNOWN, RECORDING_RUNNING. */
  async remove(id: string, caller: Caller, keepsFiles: boolean): Promise<void> {
    const { book, calledOff, finishing, fleet, folders, journal, log, sweeper } = this.#around;
    const recording = book.need(id);
    const isBusy = isRunning(recording.state) || recording.state === 'delivering';
    if (isBusy && !this.#isStuck(recording)) {
      throw new ReelflowError('RECORDING_RUNNING', `recording ${id} is ${recording.state}: stop it or wait`);
    }
    log.info(`"${recording.title}" (${id}) was removed by ${caller.user} via ${caller.via}`);
    if (isWaiting(recording.state)) book.change(id, { endedBy: 'user' }, 'cancelled');
    calledOff.note(book.need(id));
    fleet.release(id);
    finishing.forget(id);
    journal.unlink(id);
    if (!keepsFiles) await folders.removeRecording(recording);
    book.remove(recording);
    await sweeper.sweep();
  }

  /** What fails again and again must not be undeletable; a delivery ends when it hears of the removal. */
  #isStuck({ id, state, delivery }: Recording): boolean {
    return state === 'finishing'
      ? this.#around.finishing.hasFailed(id)
      : state === 'delivering' && delivery?.lastError !== undefined;
  }
}
