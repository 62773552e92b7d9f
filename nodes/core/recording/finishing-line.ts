import type { Alarms } from '../alarms/alarms.ts';
import { toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../time/clock.ts';
import type { Assembler } from './capture.ts';
import type { CaptureFleet } from './capture-fleet.ts';
import type { CaptureJournal } from './capture-journal.ts';
import type { CutEdges } from './cut-edges.ts';
import { heldMs } from './cut-plan.ts';
import { finishRecording } from './finisher.ts';
import type { Recording } from './recording.ts';
import type { RecordingBook } from './recording-book.ts';
import type { RecordingFolders } from './recording-folders.ts';

export interface FinishingSurroundings {
  book: RecordingBook;
  fleet: CaptureFleet;
  journal: CaptureJournal;
  edges: CutEdges;
  assembler: Assembler;
  folders: RecordingFolders;
  clock: Clock;
  alarms: Alarms;
  log: Log;
  /** Finishing that fails for want of space is tried until there is space. */
  isDiskFull: () => boolean;
}

/** Assembling loads disk and CPU: a machine that records should not do it many times at once. */
const parallelFinishes = 2;
const finishRetryMs = 10_000;
const finishAttempts = 6;
/** A tool that hangs in the kernel can not be ended by anybody; longer than every grace of a stop. */
const longestWaitForEndMs = 60_000;
/** Less than this of media in which nothing could be found is nothing. */
const leastMediaMs = 5000;

/** How far the finishing of one recording is; times are monotonic. */
interface Finishing {
  since: number;
  failures: number;
  notBefore: number;
  isRunning: boolean;
}

/** Makes the files of recordings that have ended, two at a time, and again where it fails. */
export class FinishingLine {
  readonly #around: FinishingSurroundings;
  readonly #under = new Map<string, Finishing>();

  constructor(around: FinishingSurroundings) {
    this.#around = around;
  }

  /** Finishing failed and is not being tried at this moment: a person may give up on it. */
  hasFailed(id: string): boolean {
    const finishing = this.#under.get(id);
    return finishing !== undefined && finishing.failures > 0 && !finishing.isRunning;
  }

  forget(id: string): void {
    this.#under.delete(id);
    this.#around.alarms.clear(`finishing:${id}`);
  }

  /** Again and again while the recording is `finishing`. */
  look(recording: Recording): void {
    const { clock, edges, fleet, journal, log } = this.#around;
    const monotonic = clock.monotonicMs();
    const work = this.#under.get(recording.id) ?? { since: monotonic, failures: 0, notBefore: 0, isRunning: false };
    this.#under.set(recording.id, work);
    fleet.release(recording.id);
    edges.fixStart(recording, clock.now());
    edges.fixEnd(recording);
    const running = [...this.#under.values()].filter((one) => one.isRunning).length;
    if (work.isRunning || running >= parallelFinishes || monotonic < work.notBefore) return;
    const isComplete = journal.of(recording.id).every(({ endedAt, mediaMs, cuts }) => {
      const toMs = cuts[recording.id]?.toMs;
      return endedAt !== undefined || (toMs !== undefined && mediaMs >= toMs);
    });
    if (!isComplete && monotonic - work.since < longestWaitForEndMs) return;
    work.isRunning = true;
    this.#finish(recording)
      .catch((error: unknown) => this.#finishFailed(recording, work, error))
      .catch((error: unknown) => log.error(`finishing ${recording.id}: ${toReelflowError(error).message}`))
      .finally(() => {
        work.isRunning = false;
      });
  }

  async #finish(recording: Recording): Promise<void> {
    const { assembler, book, folders, journal, log } = this.#around;
    for (const { record } of journal.of(recording.id)) {
      await folders.keepLog(record, recording).catch((error: unknown) => {
        log.warn(`the log of ${record.id} is not kept: ${toReelflowError(error).message}`);
      });
    }
    const finished = await finishRecording(recording, journal, assembler);
    book.change(recording.id, finished, 'recorded');
    this.forget(recording.id);
    journal.unlink(recording.id);
    log.info(
      `recorded "${recording.title}" (${recording.id})${finished.isDegraded ? `, with ${finished.gaps.length} gap(s)` : ''}`,
    );
  }

  #finishFailed(recording: Recording, work: Finishing, thrown: unknown): void {
    const { alarms, book, clock, journal, log } = this.#around;
    const error = toReelflowError(thrown, 'FINISH_FAILED');
    work.failures += 1;
    work.notBefore = clock.monotonicMs() + finishRetryMs * Math.min(work.failures, 6);
    const isWorthless = error.code === 'NOTHING_CAPTURED';
    const isRetryable = error.isRetryable || this.#around.isDiskFull() || work.failures < finishAttempts;
    log.error(`finishing ${recording.id}: ${error.message}`);
    if (isRetryable && !isWorthless) {
      const message = `"${recording.title}" could not be finished yet and is tried again: ${error.message}`;
      alarms.raise(`finishing:${recording.id}`, { severity: 'error', code: error.code, message });
      return;
    }
    book.change(recording.id, { error: { code: error.code, message: error.message }, isDegraded: true }, 'failed');
    this.forget(recording.id);
    // What was captured stays for a person to look at, unless there is nothing.
    const media = journal.of(recording.id).reduce((sum, capture) => sum + heldMs(recording.id, capture), 0);
    if (isWorthless && media < leastMediaMs) journal.unlink(recording.id);
  }
}
