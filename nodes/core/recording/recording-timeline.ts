import type { Alarms } from '../alarms/alarms.ts';
import { type ReelflowError, toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../time/clock.ts';
import type { Assembler } from './capture.ts';
import type { CaptureFleet } from './capture-fleet.ts';
import type { CaptureJournal } from './capture-journal.ts';
import { endInCapture, endMarginMs, hasSeamAtEnd, startInCapture } from './cut-plan.ts';
import { finishRecording } from './finisher.ts';
import type { Recording } from './recording.ts';
import type { RecordingBook } from './recording-book.ts';
import type { RecordingFolders } from './recording-folders.ts';

export interface TimelineSurroundings {
  book: RecordingBook;
  fleet: CaptureFleet;
  journal: CaptureJournal;
  assembler: Assembler;
  folders: RecordingFolders;
  clock: Clock;
  alarms: Alarms;
  log: Log;
  stallMs(recorderId: string): number;
}

/** The tool runs on for this long after the planned end, so that the margin of the cut is in the file. */
const releaseAfterEndMs = endMarginMs + 200;
/** Assembling loads disk and CPU: a machine that records should not do it many times at once. */
const parallelFinishes = 2;
const finishRetryMs = 10_000;
const finishAttempts = 6;

/** Moves each recording along its states when its time has come. `advance` may be called at any time, any number of times. */
export class RecordingTimeline {
  readonly #around: TimelineSurroundings;
  readonly #finishing = new Set<string>();
  readonly #attempts = new Map<string, { count: number; notBefore: number }>();

  constructor(around: TimelineSurroundings) {
    this.#around = around;
  }

  advance(): void {
    for (const recording of this.#around.book.live()) {
      try {
        this.#step(recording);
      } catch (error) {
        this.#around.log.error(`recording ${recording.id}: ${toReelflowError(error).message}`);
      }
    }
  }

  /** The next instant at which something is due, epoch ms. */
  next(): number | undefined {
    const now = this.#around.clock.now();
    const instants = this.#around.book.live().flatMap((recording) => {
      if (recording.state === 'finishing') return [];
      return [
        recording.plannedStart - this.#leadMs(recording),
        recording.plannedStart,
        recording.plannedEnd + releaseAfterEndMs,
      ];
    });
    return instants.filter((instant) => instant > now).sort((a, b) => a - b)[0];
  }

  #step(recording: Recording): void {
    const now = this.#around.clock.now();
    switch (recording.state) {
      case 'scheduled':
      case 'armed':
        this.#await(recording, now);
        return;
      case 'recording':
        this.#record(recording, now);
        return;
      case 'finishing':
        this.#finishWhenComplete(recording, now);
        return;
      default:
        return;
    }
  }

  #await(recording: Recording, now: number): void {
    if (now >= recording.plannedEnd) {
      const error = { code: 'MISSED', message: 'the station was not running at the time of this event' };
      this.#around.book.change(recording.id, { error }, 'failed');
      this.#around.fleet.release(recording.id);
      return;
    }
    if (now < recording.plannedStart - this.#leadMs(recording)) return;
    this.#hold(recording);
    if (now >= recording.plannedStart) this.#around.book.change(recording.id, {}, 'recording');
  }

  #record(recording: Recording, now: number): void {
    if (now < recording.plannedEnd + releaseAfterEndMs) this.#hold(recording);
    this.#fixStart(recording, now);
    if (now < recording.plannedEnd + releaseAfterEndMs) return;
    const ended = this.#around.book.change(recording.id, { endedBy: recording.endedBy ?? 'plan' }, 'finishing');
    this.#fixEnd(ended);
    this.#around.fleet.release(recording.id);
  }

  #hold(recording: Recording): void {
    const { fleet } = this.#around;
    const stallMs = this.#around.stallMs(recording.recorderId);
    const hold = { recordingId: recording.id, until: recording.plannedEnd, stallMs };
    for (const input of recording.inputs) fleet.hold(input, hold);
  }

  /** Notes where the recording begins in each capture, as soon as the capture's clock is known. */
  #fixStart(recording: Recording, now: number): void {
    const { journal, book } = this.#around;
    if (now < recording.plannedStart) return;
    for (const { record, offsetMs, cuts } of journal.of(recording.id)) {
      if (offsetMs === undefined || cuts[recording.id]) continue;
      const fromMs = startInCapture(recording, offsetMs);
      journal.cut(record.id, recording.id, fromMs === undefined ? {} : { fromMs });
      if (recording.start === undefined) {
        recording = book.change(recording.id, { start: Math.max(offsetMs, recording.plannedStart) });
      }
    }
  }

  #fixEnd(recording: Recording): void {
    const { journal, book } = this.#around;
    const isSeam = hasSeamAtEnd(recording, book.live());
    for (const { record, offsetMs, cuts } of journal.of(recording.id)) {
      if (offsetMs === undefined || cuts[recording.id]?.toMs !== undefined) continue;
      journal.cut(record.id, recording.id, { toMs: endInCapture(recording, offsetMs, isSeam) });
    }
  }

  #finishWhenComplete(recording: Recording, now: number): void {
    const { journal, fleet } = this.#around;
    fleet.release(recording.id);
    this.#fixStart(recording, now);
    this.#fixEnd(recording);
    if (this.#finishing.has(recording.id) || this.#finishing.size >= parallelFinishes) return;
    if (now < (this.#attempts.get(recording.id)?.notBefore ?? 0)) return;
    const isComplete = journal.of(recording.id).every(({ endedAt, mediaMs, cuts }) => {
      const toMs = cuts[recording.id]?.toMs;
      return endedAt !== undefined || (toMs !== undefined && mediaMs >= toMs);
    });
    if (!isComplete) return;
    this.#finishing.add(recording.id);
    this.#finish(recording)
      .catch((error: unknown) => this.#finishFailed(recording, error))
      .finally(() => this.#finishing.delete(recording.id));
  }

  async #finish(recording: Recording): Promise<void> {
    const { assembler, book, folders, journal, log } = this.#around;
    for (const { record } of journal.of(recording.id)) await folders.keepLog(record, recording);
    const finished = await finishRecording(recording, journal, assembler);
    const isDegraded = finished.gaps.length > 0 || finished.parts.length > recording.inputs.length;
    book.change(recording.id, { ...finished, isDegraded }, 'recorded');
    this.#attempts.delete(recording.id);
    this.#around.alarms.clear(`finishing:${recording.id}`);
    journal.unlink(recording.id);
    log.info(
      `recorded "${recording.title}" (${recording.id})${isDegraded ? `, with ${finished.gaps.length} gap(s)` : ''}`,
    );
  }

  #finishFailed(recording: Recording, thrown: unknown): void {
    const { alarms, book, clock, log } = this.#around;
    const error = toReelflowError(thrown, 'FINISH_FAILED');
    const count = (this.#attempts.get(recording.id)?.count ?? 0) + 1;
    const isHopeless = error.code === 'NOTHING_CAPTURED' || (!error.isRetryable && count >= finishAttempts);
    log.error(`finishing ${recording.id}: ${error.message}`);
    if (!isHopeless) {
      this.#attempts.set(recording.id, { count, notBefore: clock.now() + finishRetryMs * Math.min(count, 6) });
      const message = `"${recording.title}" could not be finished yet and is tried again: ${error.message}`;
      alarms.raise(`finishing:${recording.id}`, { severity: 'error', code: error.code, message });
      return;
    }
    this.#attempts.delete(recording.id);
    alarms.clear(`finishing:${recording.id}`);
    // What was captured stays for a person to look at, unless there is nothing.
    if (error.code === 'NOTHING_CAPTURED') this.#around.journal.unlink(recording.id);
    book.change(recording.id, { error: asData(error), isDegraded: true }, 'failed');
  }

  #leadMs(recording: Recording): number {
    return Math.max(0, ...recording.inputs.map((input) => this.#around.fleet.preRollMs(input)));
  }
}

function asData(error: ReelflowError): { code: string; message: string } {
  return { code: error.code, message: error.message };
}
