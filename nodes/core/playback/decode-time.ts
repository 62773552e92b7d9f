import { boxesIn, broken, fullBox, needBox, readBox, viewOf } from '../media/boxes.ts';
import { readMovie } from '../media/movie.ts';

/** What the first bytes of a segment have to hold: styp, sidx and the moof of a long one. */
export const fragmentHeadBytes = 64 * 1024;

/**
 * Decode time of a segment's first sample on its own timeline, seconds: of the first track of the init segment.
 *
 * @param head the first bytes of the segment, see fragmentHeadBytes
 *
 * Throws MEDIA_BROKEN.
 */
export function firstDecodeSeconds(init: Uint8Array, head: Uint8Array): number {
  const moov = [...boxesIn(init, 0, init.length)].find(({ type }) => type === 'moov');
  const track = moov && readMovie(init, moov).tracks[0];
  if (!track) throw broken('an init segment without a track');
  let at = 0;
  for (let box = readBox(head, at); box && box.end <= head.length; box = readBox(head, at)) {
    if (box.type === 'moof') return decodeTicks(head, box, track.id) / track.timescale;
    at = box.end;
  }
  throw broken('a segment that does not begin with a fragment');
}

function decodeTicks(bytes: Uint8Array, moof: { bodyStart: number; end: number }, trackId: number): number {
  const view = viewOf(bytes);
  for (const traf of boxesIn(bytes, moof.bodyStart, moof.end)) {
    if (traf.type !== 'traf') continue;
    const tfhd = needBox(bytes, traf, 'tfhd');
    if (view.getUint32(tfhd.bodyStart + 4) !== trackId) continue;
    const tfdt = needBox(bytes, traf, 'tfdt');
    const { version } = fullBox(view, tfdt);
    return version === 1 ? Number(view.getBigUint64(tfdt.bodyStart + 4)) : view.getUint32(tfdt.bodyStart + 4);
  }
  throw broken('a fragment without its track');
}
