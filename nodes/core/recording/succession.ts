import type { CaptureRun } from './capture-run.ts';
import type { CaptureHold, CaptureSurroundings } from './capture-surroundings.ts';

/** So long before its guard would end it a capture is followed by the next one. */
const longestLeadMs = 120_000;
/** A capture of back-to-back recordings that is older gives way at the next seam, so that its file can go. */
const freshForMs = 2 * 3600_000;
/** What has been captured by the successor before it counts: its clock is known well enough then. */
const overlapMs = 3000;
/** The successor's first picture has to be there so long before a recording that it takes over whole. */
const spareMs = 500;
/** After a successor that failed. */
const retryMs = 60_000;

/** Why a running capture should be followed by another one. */
export type SuccessionReason = 'guard' | 'seam';

/**
 * When a capture that runs is followed by another one of the same camera, and which of them captures for whom. A guard
 * ends every capture at last, and its file grows as long as recordings follow each other on it.
 */
export class Succession {
  readonly #around: CaptureSurroundings;
  #notBeforeMonotonic = 0;

  constructor(around: CaptureSurroundings) {
    this.#around = around;
  }

  /** Undefined while the running capture does. */
  due(run: CaptureRun, holds: readonly CaptureHold[]): SuccessionReason | undefined {
    const { clock } = this.#around;
    if (run.isEnding || run.mediaMs === 0 || clock.monotonicMs() < this.#notBeforeMonotonic) return undefined;
    if (this.endsTooEarly(run, holds, Math.min(longestLeadMs, (run.process.record.guardMs ?? 0) / 2))) return 'guard';
    if (!this.isWorn(run)) return undefined;
    // Not while everybody on it began before: a file of one piece is better than a smaller capture.
    const isSeam = holds.some(({ from, recordingId }) => from > clock.now() + spareMs && run.serves(recordingId));
    return isSeam ? 'seam' : undefined;
  }

  /** Its guard will end it, within `withinMs`, before the last of the recordings is over. */
  endsTooEarly({ leftMs }: CaptureRun, holds: readonly CaptureHold[], withinMs: number): boolean {
    if (leftMs === undefined || leftMs > withinMs || holds.length === 0) return false;
    return Math.max(...holds.map(({ until }) => until)) - this.#around.clock.now() > leftMs;
  }

  /** A capture of back-to-back recordings gives way at the next seam. */
  isWorn(run: CaptureRun): boolean {
    return run.mediaMs >= (this.#around.captureFreshForMs ?? freshForMs);
  }

  failed(): void {
    this.#notBeforeMonotonic = this.#around.clock.monotonicMs() + retryMs;
  }

  isReady(successor: CaptureRun): boolean {
    return successor.mediaMs >= overlapMs && successor.status?.offsetMs !== undefined;
  }

  /**
   * Links the recordings to the successor: those that have not begun are its alone, the others only when the old capture
   * will end before they do. False when there is nothing for it to do.
   */
  handOver(from: CaptureRun, to: CaptureRun, holds: readonly CaptureHold[], reason: SuccessionReason): boolean {
    const { journal } = this.#around;
    const beginsAt = to.status?.offsetMs ?? Infinity;
    for (const hold of holds) {
      const { recordingId } = hold;
      const isWhole = hold.from >= beginsAt + spareMs;
      if (isWhole || reason === 'guard') journal.link(to.id, recordingId);
      if (isWhole) journal.unlink(recordingId, from.id);
    }
    return holds.some(({ recordingId }) => to.serves(recordingId));
  }
}
