import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cut, selectCut } from '../../core/media/cut.ts';
import { fitsTogether, type Movie } from '../../core/media/movie.ts';
import type { CapturePiece } from '../../core/recording/capture.ts';
import { CapturedFile } from './captured-file.ts';
import { captureFiles } from './output-arguments.ts';

/** A piece of a capture, found in its file. */
export interface FoundPiece {
  piece: CapturePiece;
  path: string;
  movie: Movie;
  initLength: number;
  cut: Cut;
  /** What has to be added to its media times in the finished file's timeline, which is the first piece's own. */
  moveMs: number;
}

/** Finds the bytes of a piece; undefined when the capture holds nothing of it. */
export async function findPiece(piece: CapturePiece): Promise<FoundPiece | undefined> {
  const path = join(piece.record.directory, captureFiles.media);
  const file = new CapturedFile(path);
  const { fromMs, toMs } = piece;
  const cut = await selectCut(file.advance(), () => file.scanner.movie, {
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(toMs === undefined ? {} : { toMs }),
  });
  const { movie, initLength } = file.scanner;
  return cut && movie ? { piece, path, movie, initLength, cut, moveMs: 0 } : undefined;
}

/**
 * A piece without what the one before it holds already: after a pause shorter than a group of pictures both would reach
 * the same fragments. Undefined when nothing is left of it.
 */
export function withoutRepeats(found: FoundPiece, before: FoundPiece | undefined): FoundPiece | undefined {
  const last = before?.path === found.path ? before.cut.fragments.at(-1) : undefined;
  if (!before || !last) return found;
  const endsAt = last.offset + last.length;
  const fragments = found.cut.fragments.filter(({ offset }) => offset >= endsAt);
  if (fragments.length === found.cut.fragments.length) return found;
  if (fragments.length === 0) return undefined;
  const sizeBytes = fragments.reduce((sum, { length }) => sum + length, 0);
  return { ...found, cut: { ...found.cut, fragments, sizeBytes, startMs: before.cut.lastMs } };
}

/**
 * Pieces that can be one file without encoding again, in order; a new group begins where codec or size changed. Within
 * a group each piece is moved to its distance in wall clock time (less what is left out), but never into the one before it.
 */
export function groupPieces(pieces: readonly FoundPiece[]): FoundPiece[][] {
  const groups: FoundPiece[][] = [];
  let lastMs = 0;
  for (const found of pieces) {
    const group = groups.at(-1);
    const first = group?.[0];
    if (!group || !first || !fitsTogether(first.movie, found.movie)) {
      groups.push([found]);
      lastMs = found.cut.lastMs;
      continue;
    }
    const byClock = zeroOf(found) - zeroOf(first);
    const moveMs = Math.max(byClock, lastMs - found.cut.startMs);
    group.push({ ...found, moveMs });
    lastMs = found.cut.lastMs + moveMs;
  }
  return groups;
}

/** What wall time the media time 0 of a piece would be, were nothing left out. */
function zeroOf({ piece }: FoundPiece): number {
  return piece.offsetMs - (piece.earlierMs ?? 0);
}

/** Opens a capture for reading. */
export function openPiece(found: FoundPiece) {
  return open(found.path, 'r');
}
