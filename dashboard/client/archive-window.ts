import type { StretchJson } from './archive-types.ts';
import type { Stretch } from './timeline.ts';

/** How much of the archive is drawn at once. */
export interface Zoom {
  id: string;
  word: string;
  lengthMs: number;
}

const hourMs = 3_600_000;

export const zooms: readonly Zoom[] = [
  { id: 'minutes', word: '10 min', lengthMs: hourMs / 6 },
  { id: 'hour', word: 'Hour', lengthMs: hourMs },
  { id: 'hours', word: '6 h', lengthMs: 6 * hourMs },
  { id: 'day', word: 'Day', lengthMs: 24 * hourMs },
  { id: 'week', word: 'Week', lengthMs: 7 * 24 * hourMs },
];

/** The stretch of time that is shown. `end` undefined: it follows the clock. Epoch ms. */
export function windowOf(zoom: Zoom, end: number | undefined, now: number): Stretch {
  const to = end ?? now + zoom.lengthMs / 30;
  return { from: to - zoom.lengthMs, to };
}

/** One window back (-1) or on (1), by three quarters of it; undefined: it has come back to the clock. */
export function movedEnd(shown: Stretch, direction: -1 | 1, now: number): number | undefined {
  const end = shown.to + (direction * (shown.to - shown.from) * 3) / 4;
  return end >= now ? undefined : end;
}

/** Another zoom around the same middle. */
export function zoomedEnd(shown: Stretch, zoom: Zoom, now: number): number | undefined {
  const end = (shown.from + shown.to) / 2 + zoom.lengthMs / 2;
  return end >= now ? undefined : end;
}

/** A piece of the timeline in pixels. */
export interface Piece {
  stretch: StretchJson;
  x: number;
  width: number;
  /** Holes inside of it. */
  notches: { x: number; width: number }[];
}

/** What is missing must not vanish at a small scale. */
const leastGapPx = 3;

export function piecesOf(stretches: readonly StretchJson[], shown: Stretch, widthPx: number): Piece[] {
  const place = (from: string, to: string, leastPx: number) => {
    const x = Math.max(0, xOf(Date.parse(from), shown, widthPx));
    const right = Math.min(widthPx, xOf(Date.parse(to), shown, widthPx));
    return { x: Math.min(x, widthPx - leastPx), width: Math.max(leastPx, right - x) };
  };
  const seen = stretches.filter(({ start, end }) => Date.parse(end) > shown.from && Date.parse(start) < shown.to);
  return seen.map((stretch) => ({
    stretch,
    ...place(stretch.start, stretch.end, stretch.kind === 'whole' ? 1 : leastGapPx),
    notches: stretch.holes
      .filter(({ start, end }) => Date.parse(end) > shown.from && Date.parse(start) < shown.to)
      .map(({ start, end }) => place(start, end, leastGapPx)),
  }));
}

export function xOf(at: number, shown: Stretch, widthPx: number): number {
  return ((at - shown.from) / (shown.to - shown.from)) * widthPx;
}

export function timeAt(x: number, shown: Stretch, widthPx: number): number {
  const fraction = Math.min(1, Math.max(0, x / Math.max(1, widthPx)));
  return shown.from + fraction * (shown.to - shown.from);
}

/** Fingers are wide: a gap that is nearly under it is what is meant. */
const fingerPx = 9;

/** What is under the finger. */
export interface Pressed {
  stretch: StretchJson;
  /** There is nothing to play at this place. */
  isGap: boolean;
}

/** What somebody presses: a gap near the place before what is whole around it. */
export function pressed(pieces: readonly Piece[], x: number): Pressed | undefined {
  const isNear = (piece: Pick<Piece, 'x' | 'width'>, slack: number) =>
    x >= piece.x - slack && x <= piece.x + piece.width + slack;
  const gap = pieces.find(
    (piece) =>
      (piece.stretch.kind === 'missing' && isNear(piece, fingerPx)) ||
      piece.notches.some((notch) => isNear(notch, fingerPx)),
  );
  const piece = gap ?? pieces.find((one) => isNear(one, 0));
  const isStored = piece?.stretch.kind === 'whole' || piece?.stretch.kind === 'holed';
  return piece && { stretch: piece.stretch, isGap: gap !== undefined || !isStored };
}

/** What is not there, of what is shown; a stretch with holes counts once. */
export function gapsOf(stretches: readonly StretchJson[]): StretchJson[] {
  return stretches.filter(({ kind }) => kind === 'missing' || kind === 'holed');
}

/** Bytes a day at the rate of what is archived; undefined as long as that says little. */
export function bytesADay(archive: { sizeBytes: number; chunkCount: number }, chunkMs: number): number | undefined {
  const lengthMs = archive.chunkCount * chunkMs;
  return lengthMs < 10_000 ? undefined : (archive.sizeBytes / lengthMs) * 24 * hourMs;
}
