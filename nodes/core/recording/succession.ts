import type { Camera } from '../camera/camera.ts';
import { toReelflowError } from '../errors.ts';
import type { CaptureRun } from './capture-run.ts';
import { startRun } from './capture-start.ts';
import type { CaptureHold, CaptureSurroundings } from './capture-surroundings.ts';

/** So long before its guard would end it a capture is followed by the next one. */
const longestLeadMs = 120_000;
/** A capture of back-to-back recordings that is older gives way at the next seam, so that its file can go. */
const freshForMs = 2 * 3600_000;
/** What has been captured by the successor before it counts: its clock is known well enough then. */
const overlapMs = 3000;
/** The successor's first picture has to be there so long before a recording that it takes over whole. */
const spareMs = 500;
/** No successor is started for a recording that begins sooner: it would not be ready. */
const shortestLeadMs = overlapMs + 1500;
/** After a successor that failed. */
const retryMs = 60_000;
/** Nothing is left to save in a tool that delivers nothing. */
const stalledGraceMs = 1000;

/** Why a running capture should be followed by another one. */
type Reason = 'guard' | 'seam';

/**
 * A capture that has run for very long is followed by another one of the same camera, which delivers before the first one
 * ends: a guard ends every capture at last, and its file grows as long as recordings follow each other on it.
 */
export class Succession {
  readonly #around: CaptureSurroundings;
  #notBeforeMonotonic = 0;
  /** Is being started beside the current one. */
  #successor: { run: CaptureRun; reason: Reason } | undefined;
  /** Has a successor, and goes on for the recordings that began with it. */
  #outgoing: CaptureRun | undefined;

  constructor(around: CaptureSurroundings) {
    this.#around = around;
  }

  /** The captures beside the current one. */
  get runs(): CaptureRun[] {
    return [this.#successor?.run, this.#outgoing].filter((run) => run !== undefined);
  }

  /** Ready to be taken. */
  get hasSuccessor(): boolean {
    return this.#successor !== undefined && !this.#successor.run.isEnding;
  }

  /** A capture of back-to-back recordings gives way at the next seam. */
  isWorn(run: CaptureRun): boolean {
    return run.mediaMs >= (this.#around.captureFreshForMs ?? freshForMs);
  }

  /** Its guard will end it, within `withinMs`, before the last of the recordings is over. */
  endsTooEarly({ leftMs }: CaptureRun, holds: readonly CaptureHold[], withinMs: number): boolean {
    if (leftMs === undefined || leftMs > withinMs || holds.length === 0) return false;
    return Math.max(...holds.map(({ until }) => until)) - this.#around.clock.now() > leftMs;
  }

  /** One of two that an earlier runtime left: it was to follow the other. A third one is one too many. */
  adopt(run: CaptureRun): void {
    this.#successor?.run.end();
    this.#successor = { run, reason: 'guard' };
  }

  /** Starts the next capture beside the current one, where that is due; returns it. Never rejects. */
  async start(current: CaptureRun, camera: Camera, holds: readonly CaptureHold[]): Promise<CaptureRun | undefined> {
    const reason = this.runs.length > 0 ? undefined : this.#due(current, holds);
    if (!reason) return undefined;
    try {
      const run = await startRun(this.#around, camera, holds, { isLinked: false });
      this.#successor = { run, reason };
      return run;
    } catch (error) {
      this.#failed();
      this.#around.log.warn(`${camera.name}: no second capture could be started: ${toReelflowError(error).message}`);
      return undefined;
    }
  }

  /** The successor, when the one before it is gone: whatever it has is needed now. */
  take(): CaptureRun | undefined {
    const run = this.#successor?.run;
    if (!run || run.isEnding) return undefined;
    this.#successor = undefined;
    return run;
  }

  /** Looks after both; returns the successor once it has taken over from the current one. */
  async look(
    current: CaptureRun | undefined,
    holds: readonly CaptureHold[],
    stallMs: number,
  ): Promise<CaptureRun | undefined> {
    await Promise.all(this.runs.map((run) => run.measure()));
    for (const run of this.runs) if (run.isStalled(stallMs)) run.end({ graceMs: stalledGraceMs });
    const heir = current && this.#heir(current, holds);
    this.dismiss(heir ?? current, holds);
    return heir;
  }

  /** Ends what nobody needs: a successor without recordings, a capture whose recordings the current one has as well. */
  dismiss(current: CaptureRun | undefined, holds: readonly CaptureHold[]): void {
    const successor = this.#successor?.run;
    if (successor && holds.length === 0 && !successor.isEnding) successor.end();
    const outgoing = this.#outgoing;
    if (!outgoing || outgoing.isEnding) return;
    const isNeeded = holds.some(({ recordingId: id }) => outgoing.serves(id) && !current?.serves(id));
    if (!isNeeded) outgoing.end();
  }

  /** A tool has ended; true when it was the older one of two, whose recordings go on with the current one. */
  forget(run: CaptureRun): boolean {
    if (this.#successor?.run === run) {
      this.#successor = undefined;
      this.#failed();
    }
    const wasOutgoing = this.#outgoing === run;
    if (wasOutgoing) this.#outgoing = undefined;
    return wasOutgoing;
  }

  #due(run: CaptureRun, holds: readonly CaptureHold[]): Reason | undefined {
    const { clock } = this.#around;
    if (run.isEnding || run.mediaMs === 0 || clock.monotonicMs() < this.#notBeforeMonotonic) return undefined;
    const leadMs = Math.min(longestLeadMs, (run.process.record.guardMs ?? 0) / 2);
    if (this.endsTooEarly(run, holds, leadMs)) return 'guard';
    if (!this.isWorn(run)) return undefined;
    // Not while everybody on it began before: a file of one piece is better than a smaller capture.
    const isSeam = holds.some(({ from, recordingId }) => {
      return from > clock.now() + shortestLeadMs && run.serves(recordingId);
    });
    return isSeam ? 'seam' : undefined;
  }

  #heir(current: CaptureRun, holds: readonly CaptureHold[]): CaptureRun | undefined {
    // One that ended while it was looked at would never be let go of.
    if (!this.#successor || current.isGone) return undefined;
    const { run, reason } = this.#successor;
    const isReady = !run.isEnding && !run.isGone && run.heldMs >= overlapMs && run.beginsAt !== undefined;
    if (!isReady) return undefined;
    if (!this.#handOver(current, run, holds, reason)) {
      run.end();
      return undefined;
    }
    this.#successor = undefined;
    this.#outgoing = current;
    return run;
  }

  /**
   * Links the recordings to the successor: those that have not begun are its alone, the others only when the old capture
   * will end before they do. False when there is nothing for it to do.
   */
  #handOver(from: CaptureRun, to: CaptureRun, holds: readonly CaptureHold[], reason: Reason): boolean {
    const { clock, journal } = this.#around;
    const beginsAt = to.beginsAt ?? Infinity;
    for (const hold of holds) {
      const { recordingId } = hold;
      // One that has begun has its edges in the old capture.
      const isWhole = hold.from >= beginsAt + spareMs && hold.from > clock.now();
      if (isWhole || reason === 'guard') journal.link(to.id, recordingId);
      if (isWhole) journal.unlink(recordingId, from.id);
    }
    return holds.some(({ recordingId }) => to.serves(recordingId));
  }

  #failed(): void {
    this.#notBeforeMonotonic = this.#around.clock.monotonicMs() + retryMs;
  }
}
