import { type Box, boxesIn, broken, findBox, fullBox, needBox, viewOf } from './boxes.ts';
import type { Movie, MovieTrack } from './movie.ts';

/** What one `moof` box says about one track. Times are presentation times of the capture, in milliseconds. */
export interface TrackRun {
  trackId: number;
  kind: MovieTrack['kind'];
  startMs: number;
  endMs: number;
  /** Of its samples together; with reordered pictures start and end overlap the neighbours. */
  durationMs: number;
  samples: number;
  /** The first sample can be decoded without those before it. */
  isKey: boolean;
}

/** One `moof` box with its `mdat`: the smallest stretch that can be cut out without touching samples. */
export interface Fragment {
  /** In the captured file, header of `moof` included. */
  offset: number;
  /** Of `moof` and everything up to the end of `mdat`. */
  length: number;
  moofLength: number;
  runs: TrackRun[];
}

const nonSync = 0x1_0000;

/** Reads a `moof` box that lies in `bytes`. Throws MEDIA_BROKEN. */
export function readRuns(bytes: Uint8Array, moof: Box, movie: Movie): TrackRun[] {
  const runs: TrackRun[] = [];
  for (const traf of boxesIn(bytes, moof.bodyStart, moof.end)) {
    if (traf.type !== 'traf') continue;
    const run = readTraf(bytes, traf, movie);
    if (run) runs.push(run);
  }
  return runs;
}

/** Where in the bytes the decode time of each track's run stands, to move a fragment in time. */
export function decodeTimesIn(bytes: Uint8Array, moof: Box): { trackId: number; at: number; isLong: boolean }[] {
  const view = viewOf(bytes);
  const found: { trackId: number; at: number; isLong: boolean }[] = [];
  for (const traf of boxesIn(bytes, moof.bodyStart, moof.end)) {
    if (traf.type !== 'traf') continue;
    const tfdt = findBox(bytes, traf, 'tfdt');
    if (!tfdt) throw broken('a fragment without its time');
    const trackId = view.getUint32(needBox(bytes, traf, 'tfhd').bodyStart + 4);
    found.push({ trackId, at: tfdt.bodyStart + 4, isLong: fullBox(view, tfdt).version === 1 });
  }
  return found;
}

function readTraf(bytes: Uint8Array, traf: Box, movie: Movie): TrackRun | undefined {
  const view = viewOf(bytes);
  const header = readTrackHeader(view, needBox(bytes, traf, 'tfhd'));
  const track = movie.tracks.find((candidate) => candidate.id === header.trackId);
  if (!track) throw broken(`samples of track ${header.trackId}, which it does not have`);
  const tfdt = needBox(bytes, traf, 'tfdt');
  const isLong = fullBox(view, tfdt).version === 1;
  const startTicks = isLong ? Number(view.getBigUint64(tfdt.bodyStart + 4)) : view.getUint32(tfdt.bodyStart + 4);
  let decodeTicks = startTicks;
  let samples = 0;
  let isKey = false;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const trun of boxesIn(bytes, traf.bodyStart, traf.end)) {
    if (trun.type !== 'trun') continue;
    for (const sample of samplesOf(view, trun, header, track)) {
      if (samples === 0) isKey = (sample.flags & nonSync) === 0;
      samples++;
      const presentation = decodeTicks + sample.compositionOffset;
      first = Math.min(first, presentation);
      last = Math.max(last, presentation + sample.duration);
      decodeTicks += sample.duration;
    }
  }
  if (samples === 0) return undefined;
  const toMs = (ticks: number) => (ticks * 1000) / track.timescale;
  return {
    trackId: track.id,
    kind: track.kind,
    startMs: toMs(first + track.shiftTicks),
    endMs: toMs(last + track.shiftTicks),
    durationMs: toMs(decodeTicks - startTicks),
    samples,
    isKey,
  };
}

interface TrackHeader {
  trackId: number;
  defaultDuration?: number;
  defaultFlags?: number;
}

function readTrackHeader(view: DataView, tfhd: Box): TrackHeader {
  const { flags } = fullBox(view, tfhd);
  const header: TrackHeader = { trackId: view.getUint32(tfhd.bodyStart + 4) };
  let at = tfhd.bodyStart + 8;
  if (flags & 0x1) at += 8; // base data offset
  if (flags & 0x2) at += 4; // sample description index
  if (flags & 0x8) {
    header.defaultDuration = view.getUint32(at);
    at += 4;
  }
  if (flags & 0x10) at += 4; // default sample size
  if (flags & 0x20) header.defaultFlags = view.getUint32(at);
  return header;
}

function* samplesOf(
  view: DataView,
  trun: Box,
  header: TrackHeader,
  track: MovieTrack,
): Generator<{ duration: number; flags: number; compositionOffset: number }> {
  const { version, flags } = fullBox(view, trun);
  const count = view.getUint32(trun.bodyStart + 4);
  let at = trun.bodyStart + 8;
  if (flags & 0x1) at += 4; // data offset
  let firstFlags: number | undefined;
  if (flags & 0x4) {
    firstFlags = view.getUint32(at);
    at += 4;
  }
  const entryBytes = [0x100, 0x200, 0x400, 0x800].reduce((sum, flag) => sum + (flags & flag ? 4 : 0), 0);
  if (at + count * entryBytes > trun.end) throw broken('a list of samples that is cut off');
  for (let index = 0; index < count; index++) {
    let duration = header.defaultDuration ?? track.defaultDuration;
    let sampleFlags = header.defaultFlags ?? track.defaultFlags;
    let compositionOffset = 0;
    if (flags & 0x100) {
      duration = view.getUint32(at);
      at += 4;
    }
    if (flags & 0x200) at += 4; // size
    if (flags & 0x400) {
      sampleFlags = view.getUint32(at);
      at += 4;
    }
    if (flags & 0x800) {
      compositionOffset = version === 0 ? view.getUint32(at) : view.getInt32(at);
      at += 4;
    }
    if (index === 0 && firstFlags !== undefined) sampleFlags = firstFlags;
    yield { duration, flags: sampleFlags, compositionOffset };
  }
}
