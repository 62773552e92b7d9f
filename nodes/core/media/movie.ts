import { type Box, boxesIn, broken, findBox, fullBox, needBox, viewOf } from './boxes.ts';

/** One track of a fragmented MP4, from its `moov` box. */
export interface MovieTrack {
  id: number;
  kind: 'video' | 'audio' | 'other';
  /** Ticks a second of its times. */
  timescale: number;
  /** What has to be added to a decode or composition time, in ticks, to get presentation time (edit list). */
  shiftTicks: number;
  /** Four letters of the sample entry: avc1, hvc1, mp4a, Opus, fLaC, vp09 ... */
  codec: string;
  /** The whole `stsd` box: equal bytes mean that samples of two files can follow each other in one track. */
  description: Uint8Array;
  defaultDuration: number;
  defaultFlags: number;
}

export interface Movie {
  tracks: MovieTrack[];
}

/** Reads a `moov` box. Throws MEDIA_BROKEN. */
export function readMovie(bytes: Uint8Array, moov: Box): Movie {
  const view = viewOf(bytes);
  const movieTimescale = readTimescale(view, needBox(bytes, moov, 'mvhd'));
  const tracks: MovieTrack[] = [];
  for (const box of boxesIn(bytes, moov.bodyStart, moov.end)) {
    if (box.type === 'trak') tracks.push(readTrack(bytes, box, movieTimescale));
  }
  const mvex = findBox(bytes, moov, 'mvex');
  if (!mvex) throw broken('no "mvex" box: it is not a fragmented MP4');
  for (const box of boxesIn(bytes, mvex.bodyStart, mvex.end)) {
    if (box.type !== 'trex') continue;
    const track = tracks.find((candidate) => candidate.id === view.getUint32(box.bodyStart + 4));
    if (!track) continue;
    track.defaultDuration = view.getUint32(box.bodyStart + 12);
    track.defaultFlags = view.getUint32(box.bodyStart + 20);
  }
  return { tracks };
}

/** True when samples of one can follow samples of the other in the same file without re-encoding. */
export function fitsTogether(one: Movie, other: Movie): boolean {
  return (
    one.tracks.length === other.tracks.length &&
    one.tracks.every((track, index) => {
      const twin = other.tracks[index];
      return (
        twin !== undefined &&
        twin.id === track.id &&
        twin.kind === track.kind &&
        twin.timescale === track.timescale &&
        twin.description.length === track.description.length &&
        twin.description.every((byte, at) => byte === track.description[at])
      );
    })
  );
}

function readTrack(bytes: Uint8Array, trak: Box, movieTimescale: number): MovieTrack {
  const view = viewOf(bytes);
  const tkhd = needBox(bytes, trak, 'tkhd');
  const mdia = needBox(bytes, trak, 'mdia');
  const hdlr = needBox(bytes, mdia, 'hdlr');
  const handler = fourLetters(bytes, hdlr.bodyStart + 8);
  const stsd = needBox(bytes, needBox(bytes, needBox(bytes, mdia, 'minf'), 'stbl'), 'stsd');
  const timescale = readTimescale(view, needBox(bytes, mdia, 'mdhd'));
  return {
    id: view.getUint32(tkhd.bodyStart + (fullBox(view, tkhd).version === 1 ? 20 : 12)),
    kind: handler === 'vide' ? 'video' : handler === 'soun' ? 'audio' : 'other',
    timescale,
    shiftTicks: readShift(bytes, trak, timescale, movieTimescale),
    codec: fourLetters(bytes, stsd.bodyStart + 12),
    description: bytes.slice(stsd.start, stsd.end),
    defaultDuration: 0,
    defaultFlags: 0,
  };
}

/** mvhd and mdhd keep it at the same place. */
function readTimescale(view: DataView, header: Box): number {
  const timescale = view.getUint32(header.bodyStart + (fullBox(view, header).version === 1 ? 20 : 12));
  if (timescale === 0) throw broken('a timescale of 0');
  return timescale;
}

/** Edit list as FFmpeg writes it: an empty edit (media time -1) delays the track, the next one skips its begin. */
function readShift(bytes: Uint8Array, trak: Box, timescale: number, movieTimescale: number): number {
  const edts = findBox(bytes, trak, 'edts');
  const elst = edts && findBox(bytes, edts, 'elst');
  if (!elst) return 0;
  const view = viewOf(bytes);
  const isLong = fullBox(view, elst).version === 1;
  const count = view.getUint32(elst.bodyStart + 4);
  let shift = 0;
  for (let index = 0, at = elst.bodyStart + 8; index < count && at < elst.end; index++, at += isLong ? 20 : 12) {
    const duration = isLong ? Number(view.getBigUint64(at)) : view.getUint32(at);
    const mediaTime = isLong ? Number(view.getBigInt64(at + 8)) : view.getInt32(at + 4);
    if (mediaTime >= 0) return shift - mediaTime;
    shift += Math.round((duration * timescale) / movieTimescale);
  }
  return shift;
}

function fourLetters(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
