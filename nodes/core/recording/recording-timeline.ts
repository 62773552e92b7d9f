import type { Alarms } from '../alarms/alarms.ts';
import { type ReelflowError, toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../time/clock.ts';
import type { Assembler } from './capture.ts';
import type { CaptureFleet } from './capture-fleet.ts';
import type { CaptureJournal } from './capture-journal.ts';
import { endsAt } from './cold-start.ts';
import { endInCapture, endMarginMs, followersOf, heldMs, startInCapture } from './cut-plan.ts';
import { finishRecording } from './finisher.ts';
import { settled } from './pause.ts';
import { preRollLimitMs } from './pre-roll.ts';
import type { Recording } from './recording.ts';
import type { RecordingBook } from './recording-book.ts';
import type { RecordingFolders } from './recording-folders.ts';
import { withWarning } from './warnings.ts';

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
  /** Finishing that fails for want of space is tried until there is space. */
  isDiskFull: () => boolean;
}

/** The tool runs on for this long after the planned end, so that the margin of the cut is in the file. */
const releaseAfterEndMs = endMarginMs + 200;
/** Assembling loads disk and CPU: a machine that records should not do it many times at once. */
const parallelFinishes = 2;
const finishRetryMs = 10_000;
const finishAttempts = 6;
/** A tool that hangs in the kernel can not be ended by anybody; longer than every grace of a stop. */
const longestWaitForEndMs = 60_000;
/** Less than this of media in which nothing could be found is nothing. */
const leastMediaMs = 5000;
/** A start so late has a reason that should be told. */
const lateStartMs = 3000;

/** How far the finishing of one recording is; times are monotonic. */
interface Finishing {
  since: number;
  failures: number;
  notBefore: number;
  isRunning: boolean;
}

/** Moves each recording along its states when its time has come. `advance` may be called at any time, any number of times. */
export class RecordingTimeline {
  readonly #around: TimelineSurroundings;
  readonly #finishing = new Map<string, Finishing>();

  constructor(around: TimelineSurroundings) {
    this.#around = around;
  }

  advance(recordings: readonly Recording[] = this.#around.book.live()): void {
    for (const recording of recordings) {
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
      const { plannedStart } = recording;
      const leadMs = plannedStart - now > preRollLimitMs ? preRollLimitMs : this.#leadMs(recording);
      return [plannedStart - leadMs, plannedStart, endsAt(recording) + releaseAfterEndMs];
    });
    return instants.filter((instant) => instant > now).sort((a, b) => a - b)[0];
  }

  /** Finishing failed and is not being tried at this moment: a person may give up on it. */
  hasFailed(id: string): boolean {
    const finishing = this.#finishing.get(id);
    return finishing !== undefined && finishing.failures > 0 && !finishing.isRunning;
  }

  forget(id: string): void {
    this.#finishing.delete(id);
    this.#around.alarms.clear(`finishing:${id}`);
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
    const { book, fleet, journal } = this.#around;
    // Moved to later while its tool was being started early; otherwise a cheap way out: this runs each second for all.
    if (recording.plannedStart - now > preRollLimitMs) {
      fleet.release(recording.id);
      return;
    }
    if (now >= recording.plannedStart) this.#linkWhatRan(recording, now);
    const isCaptured = journal.of(recording.id).length > 0;
    if (now >= recording.plannedEnd && !isCaptured) {
      const error = { code: 'MISSED', message: 'the station was not running at the time of this event' };
      book.change(recording.id, { error }, 'failed');
      return;
    }
    if (now < recording.plannedStart - this.#leadMs(recording)) return;
    if (now < recording.plannedEnd) this.#hold(recording);
    if (now < recording.plannedStart) return;
    const isLate = !isCaptured && now - recording.plannedStart > lateStartMs;
    book.change(recording.id, isLate ? lateStart(recording, now) : {}, 'recording');
  }

  /** A tool that ran on while this runtime was away has captured what began in the meantime. */
  #linkWhatRan(recording: Recording, now: number): void {
    const { journal } = this.#around;
    const isCovered = (input: string): boolean =>
      journal.of(recording.id, input).some(({ offsetMs = Infinity, endedAt }) => {
        return endedAt === undefined && offsetMs <= recording.plannedStart;
      });
    for (const { record, offsetMs, endedAt, recordingIds } of journal.list()) {
      if (record.outputs || !recording.inputs.includes(record.input) || isCovered(record.input)) continue;
      if (endedAt !== undefined && recordingIds.length === 0) continue;
      const isInTime =
        (offsetMs ?? record.spawnedAt) < recording.plannedEnd && (endedAt ?? now) > recording.plannedStart;
      if (isInTime) journal.link(record.id, recording.id);
    }
  }

  #record(recording: Recording, now: number): void {
    const releaseAt = endsAt(recording) + releaseAfterEndMs;
    if (now < releaseAt) this.#hold(recording);
    this.#fixStart(recording, now);
    if (now < releaseAt) return;
    const ended = this.#around.book.change(
      recording.id,
      { endedBy: recording.endedBy ?? 'plan', ...(recording.pauses ? { pauses: settled(recording) } : {}) },
      'finishing',
    );
    this.#fixEnd(ended);
    this.#around.fleet.release(recording.id);
  }

  #hold(recording: Recording): void {
    const { fleet } = this.#around;
    const stallMs = this.#around.stallMs(recording.recorderId);
    const hold = { recordingId: recording.id, from: recording.plannedStart, until: endsAt(recording), stallMs };
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
    const followers = followersOf(recording, book.live());
    for (const { record, offsetMs, cuts } of journal.of(recording.id)) {
      if (offsetMs === undefined || cuts[recording.id]?.toMs !== undefined) continue;
      const toMs = endInCapture(recording, offsetMs, followers.length > 0);
      // The measured offset may have become a little smaller since the follower's begin was fixed.
      const begins = followers.map(({ id }) => cuts[id]?.fromMs ?? 0).filter((fromMs) => fromMs - toMs < endMarginMs);
      journal.cut(record.id, recording.id, { toMs: Math.max(toMs, ...begins) });
    }
  }

  #finishWhenComplete(recording: Recording, now: number): void {
    const { clock, fleet, journal, log } = this.#around;
    const monotonic = clock.monotonicMs();
    const work = this.#finishing.get(recording.id) ?? { since: monotonic, failures: 0, notBefore: 0, isRunning: false };
    this.#finishing.set(recording.id, work);
    fleet.release(recording.id);
    this.#fixStart(recording, now);
    this.#fixEnd(recording);
    const running = [...this.#finishing.values()].filter((one) => one.isRunning).length;
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
    book.change(recording.id, { error: asData(error), isDegraded: true }, 'failed');
    this.forget(recording.id);
    // What was captured stays for a person to look at, unless there is nothing.
    const media = journal.of(recording.id).reduce((sum, capture) => sum + heldMs(recording.id, capture), 0);
    if (isWorthless && media < leastMediaMs) journal.unlink(recording.id);
  }

  #leadMs(recording: Recording): number {
    return Math.max(0, ...recording.inputs.map((input) => this.#around.fleet.preRollMs(input)));
  }
}

/** Why the begin is missing. */
function lateStart(recording: Recording, now: number): Pick<Recording, 'warnings'> {
  const isNews = recording.createdAt > recording.plannedStart;
  const message = isNews ? 'the event became known after its start' : 'the station was off';
  return withWarning(recording, { at: now, code: 'STARTED_LATE', message });
}

function asData(error: ReelflowError): { code: string; message: string } {
  return { code: error.code, message: error.message };
}
