import type { CameraOptions } from '../camera-list/listed-camera.ts';

/** A file of a loop recording. Times are epoch ms. */
export interface LoopPiece {
  name: string;
  start: number;
  /** When it was last written to. */
  end: number;
  sizeBytes: number;
}

/**
 * Pieces of one camera that go, oldest first. The newest is being written and always stays.
 *
 * @param pieces oldest first
 * @param isDiskFull one more goes than the retention asks for
 */
export function dueForRemoval(
  pieces: readonly LoopPiece[],
  { hours, maxBytes = Number.POSITIVE_INFINITY }: NonNullable<CameraOptions['recordLoop']>,
  now: number,
  isDiskFull: boolean,
): LoopPiece[] {
  const oldest = now - hours * 3600_000;
  let size = pieces.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let extra = isDiskFull ? 1 : 0;
  const due: LoopPiece[] = [];
  for (const piece of pieces.slice(0, -1)) {
    const isDue = piece.end < oldest || size > maxBytes;
    if (!isDue && extra === 0) break;
    if (!isDue) extra -= 1;
    due.push(piece);
    size -= piece.sizeBytes;
  }
  return due;
}
