import type { CapturePiece } from './capture.ts';
import { endMarginMs } from './cut-plan.ts';
import type { Recording, RecordingPause } from './recording.ts';

/** A stretch of a capture between pauses that are left out. */
export interface UnpausedPiece {
  piece: CapturePiece;
  /** How many of those pauses lie before it. */
  pausesBefore: number;
}

/** A pause that is over. */
export type LeftOut = Pick<RecordingPause, 'start'> & { end: number };

/**
 * The pauses that are not to be in the file, of those that `settled` gives. What was taken before a pause arrives a little
 * later, as at the end of a recording: the same margin. One that reaches the end takes the margin there with it.
 */
export function leftOutOf({
  pauses = [],
  plannedStart,
  plannedEnd,
}: Pick<Recording, 'pauses' | 'plannedStart' | 'plannedEnd'>): LeftOut[] {
  return pauses
    .filter(({ isLeftOut }) => isLeftOut)
    .map(({ start, end = plannedEnd }) => ({
      start: start > plannedStart ? start + endMarginMs : start,
      end: end >= plannedEnd ? Infinity : end,
    }))
    .filter(({ start, end }) => end > start);
}

/** What of the pieces lies outside the pauses. */
export function withoutPauses(pieces: readonly CapturePiece[], pauses: readonly LeftOut[]): UnpausedPiece[] {
  return pieces.flatMap((piece) => {
    const { offsetMs, toMs = Infinity } = piece;
    const rest: UnpausedPiece[] = [];
    let fromMs = piece.fromMs;
    const add = (untilMs: number | undefined): void => {
      const begins = offsetMs + (fromMs ?? 0);
      const { fromMs: _from, toMs: _to, ...same } = piece;
      const edges = {
        ...(fromMs === undefined ? {} : { fromMs }),
        ...(untilMs === undefined ? {} : { toMs: untilMs }),
      };
      rest.push({ piece: { ...same, ...edges }, pausesBefore: pauses.filter(({ end }) => end <= begins).length });
    };
    for (const { start, end } of pauses) {
      const pausedAt = start - offsetMs;
      const resumedAt = end - offsetMs;
      if (resumedAt <= (fromMs ?? 0) || pausedAt >= toMs) continue;
      if (pausedAt > (fromMs ?? 0)) add(pausedAt);
      fromMs = resumedAt;
    }
    if (toMs > (fromMs ?? 0)) add(piece.toMs);
    return rest;
  });
}

/** Wall times of the first and last picture that a cut really holds. */
export interface CutSpan {
  start: number;
  end: number;
}

/**
 * How much time each pause takes out of the finished files, ms. Cuts lie at key frames, at others in each camera: the
 * same for all cameras, so that they stay in step, and no more than the one that allows least.
 */
export function takenOut(
  pauses: readonly LeftOut[],
  cameras: readonly (readonly { pausesBefore: number; span: CutSpan }[])[],
): number[] {
  return pauses.map(({ start, end }, index) => {
    const room = cameras.flatMap((pieces) => {
      const before = pieces.filter(({ pausesBefore }) => pausesBefore <= index).map(({ span }) => span.end);
      const behind = pieces.filter(({ pausesBefore }) => pausesBefore > index).map(({ span }) => span.start);
      return before.length === 0 || behind.length === 0 ? [] : [Math.min(...behind) - Math.max(...before)];
    });
    return Math.max(0, Math.min(end - start, ...room));
  });
}
