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
 * Pieces that can be one file without encoding again, in order; a new group begins where codec or size changed. Within
 * a group each piece is moved to its distance in wall clock time, but never into the one before it.
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
    const byClock = found.piece.offsetMs - first.piece.offsetMs;
    const moveMs = Math.max(byClock, lastMs - found.cut.startMs);
    group.push({ ...found, moveMs });
    lastMs = found.cut.lastMs + moveMs;
  }
  return groups;
}

/** Opens a capture for reading. */
export function openPiece(found: FoundPiece) {
  return open(found.path, 'r');
}
