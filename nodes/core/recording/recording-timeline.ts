import { toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../time/clock.ts';
import type { CaptureFleet } from './capture-fleet.ts';
import type { CaptureJournal } from './capture-journal.ts';
import { endsAt } from './cold-start.ts';
import type { CutEdges } from './cut-edges.ts';
import { endInCapture, endMarginMs } from './cut-plan.ts';
import type { FinishingLine } from './finishing-line.ts';
import { settled } from './pause.ts';
import { preRollLimitMs } from './pre-roll.ts';
import type { Recording } from './recording.ts';
import type { RecordingBook } from './recording-book.ts';
import { withWarning } from './warnings.ts';

export interface TimelineSurroundings {
  book: RecordingBook;
  fleet: CaptureFleet;
  journal: CaptureJournal;
  edges: CutEdges;
  finishing: FinishingLine;
  clock: Clock;
  log: Log;
  stallMs(recorderId: string): number;
}

/** The tool runs on for this long after the planned end, so that the margin of the cut is in the file. */
const releaseAfterEndMs = endMarginMs + 200;
/** The last pictures may be late: they are waited for this long beyond that, while the tool runs. */
const longestTailMs = 3000;
/** A start so late has a reason that should be told. */
const lateStartMs = 3000;

/** Moves each recording along its states when its time has come. `advance` may be called at any time, any number of times. */
export class RecordingTimeline {
  readonly #around: TimelineSurroundings;

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
        this.#around.finishing.look(recording);
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
      journal.of(recording.id, input).some(({ offsetMs = Infinity, beginsMs = 0, endedAt }) => {
        return endedAt === undefined && offsetMs + beginsMs <= recording.plannedStart;
      });
    for (const { record, offsetMs, endedAt, recordingIds } of journal.list()) {
      if (record.outputs || !recording.inputs.includes(record.input) || isCovered(record.input)) continue;
      if (endedAt !== undefined && recordingIds.length === 0 && !journal.isInherited(record.id)) continue;
      const isInTime =
        (offsetMs ?? record.spawnedAt) < recording.plannedEnd && (endedAt ?? now) > recording.plannedStart;
      if (isInTime) journal.link(record.id, recording.id);
    }
  }

  #record(recording: Recording, now: number): void {
    const releaseAt = endsAt(recording) + releaseAfterEndMs;
    const isOver = now >= releaseAt && (now >= releaseAt + longestTailMs || this.#isCaptured(recording));
    if (!isOver) this.#hold(recording);
    this.#around.edges.fixStart(recording, now);
    if (!isOver) return;
    const ended = this.#around.book.change(
      recording.id,
      { endedBy: recording.endedBy ?? 'plan', ...(recording.pauses ? { pauses: settled(recording) } : {}) },
      'finishing',
    );
    this.#around.edges.fixEnd(ended);
    this.#around.fleet.release(recording.id);
  }

  /** The last picture is in the file of every tool that still runs. */
  #isCaptured(recording: Recording): boolean {
    const captures = this.#around.journal.of(recording.id);
    return captures.every(({ record, endedAt, offsetMs, mediaMs }) => {
      if (record.outputs || endedAt !== undefined || offsetMs === undefined) return true;
      return mediaMs >= endInCapture(recording, offsetMs, false);
    });
  }

  #hold(recording: Recording): void {
    const { fleet } = this.#around;
    const stallMs = this.#around.stallMs(recording.recorderId);
    const hold = { recordingId: recording.id, from: recording.plannedStart, until: endsAt(recording), stallMs };
    for (const input of recording.inputs) fleet.hold(input, hold);
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
