import { boxesIn, broken, fullBox, needBox, readBox, viewOf } from '../media/boxes.ts';
import { readMovie } from '../media/movie.ts';
import { codecsOfInit } from './codecs.ts';

/** What the first bytes of a segment have to hold: styp, sidx and the moof of a long one. */
export const fragmentHeadBytes = 64 * 1024;

/** One of the media in a track: most segmenters put picture and sound into one. */
export interface MediaStream {
  /** Track id in the MP4. */
  id: number;
  kind: 'video' | 'audio';
  /** RFC 6381 */
  codec: string;
  /** Decode time of its first sample in the segment, on its own timeline. */
  mediaSeconds: number;
}

/**
 * The media of a segment, and where they begin. Those that have no sample in its first fragment are left out.
 *
 * @param head the first bytes of the segment, see fragmentHeadBytes
 *
 * Throws MEDIA_BROKEN.
 */
export function mediaStreams(init: Uint8Array, head: Uint8Array): MediaStream[] {
  const moov = [...boxesIn(init, 0, init.length)].find(({ type }) => type === 'moov');
  if (!moov) throw broken('an init segment without a movie');
  const starts = decodeTicks(head);
  const codecs = codecsOfInit(init);
  return readMovie(init, moov).tracks.flatMap(({ id, kind, timescale }, index) => {
    const ticks = starts.get(id);
    if (ticks === undefined || kind === 'other') return [];
    return [{ id, kind, codec: codecs[index] ?? '', mediaSeconds: ticks / timescale }];
  });
}

function decodeTicks(head: Uint8Array): Map<number, number> {
  const view = viewOf(head);
  const starts = new Map<number, number>();
  let at = 0;
  for (let box = readBox(head, at); box && box.end <= head.length; box = readBox(head, at)) {
    at = box.end;
    if (box.type !== 'moof') continue;
    for (const traf of boxesIn(head, box.bodyStart, box.end)) {
      if (traf.type !== 'traf') continue;
      const tfdt = needBox(head, traf, 'tfdt');
      const isLong = fullBox(view, tfdt).version === 1;
      const ticks = isLong ? Number(view.getBigUint64(tfdt.bodyStart + 4)) : view.getUint32(tfdt.bodyStart + 4);
      starts.set(view.getUint32(needBox(head, traf, 'tfhd').bodyStart + 4), ticks);
    }
    return starts;
  }
  throw broken('a segment that does not begin with a fragment');
}
