import { broken, readBox, viewOf } from './boxes.ts';
import { decodeTimesIn } from './fragment.ts';
import type { Movie } from './movie.ts';

/**
 * Moves a fragment in time, so that it can follow the fragments of another capture under that one's `moov`: the wall
 * clock distance between two parts stays in the file, and nothing is encoded again. `movies.from` is the capture the
 * fragment was written under, `movies.to` the one it shall follow (their edit lists may differ). Changes `moof` in
 * place. Throws MEDIA_BROKEN.
 */
export function moveFragment(moofBytes: Uint8Array, movies: { from: Movie; to: Movie }, byMs: number): void {
  const moof = readBox(moofBytes, 0);
  if (moof?.type !== 'moof' || moof.end > moofBytes.length) throw broken('something else where a fragment should be');
  const view = viewOf(moofBytes);
  for (const { trackId, at, isLong } of decodeTimesIn(moofBytes, moof)) {
    const from = movies.from.tracks.find((track) => track.id === trackId);
    const to = movies.to.tracks.find((track) => track.id === trackId);
    if (!from || !to || !isLong) throw broken(`a fragment of track ${trackId} that can not be moved`);
    const ticks = Math.round((byMs * to.timescale) / 1000) + from.shiftTicks - to.shiftTicks;
    const moved = view.getBigUint64(at) + BigInt(ticks);
    view.setBigUint64(at, moved < 0n ? 0n : moved);
  }
}
