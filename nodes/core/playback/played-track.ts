import type { Chunk, ChunkObject, Init, Segment, Span } from '../archive/chunk.ts';
import { holeToleranceMs } from '../archive/coverage.ts';
import type { Track } from '../archive/track.ts';

/** A segment of the archive on its way to a player. */
export interface PlayedSegment extends Segment {
  object: ChunkObject;
  /** Of the chunk, so that an address changes when its content does. */
  revision: number;
  init?: Init;
}

/** Segments that follow each other without a seam: same timeline, same init segment, no hole. */
export interface Run extends Span {
  segments: PlayedSegment[];
}

/** One track over the asked range. */
export interface PlayedTrack {
  /** As the newest chunk of the range has it. */
  track: Track;
  runs: Run[];
  /** Longest, ms. */
  longestMs: number;
}

/**
 * Tracks of a range, the main one first. Segments of chunks that are not complete have no object to be read from and are
 * left out.
 *
 * @param segments of each track in the order of time
 */
export function playedTracks(chunks: readonly Chunk[], segments: readonly Segment[]): PlayedTrack[] {
  const stored = new Map(chunks.filter(({ state }) => state === 'complete').map((chunk) => [chunk.startMs, chunk]));
  const shapes = new Map<string, ChunkObject>();
  for (const chunk of stored.values()) for (const object of chunk.objects) shapes.set(object.track, object);
  const byTrack = Map.groupBy(segments, ({ track }) => track);
  const ranked = [...shapes.values()].sort((a, b) => a.rank - b.rank);
  return ranked.flatMap((shape) => {
    const played = placed(byTrack.get(shape.track) ?? [], stored);
    if (played.length === 0) return [];
    const runs = runsOf(played);
    const longestMs = played.reduce((longest, { durationMs }) => Math.max(longest, durationMs), 0);
    return [{ track: shape, runs, longestMs }];
  });
}

/** With what they are read from. */
function placed(segments: readonly Segment[], stored: ReadonlyMap<number, Chunk>): PlayedSegment[] {
  const played: PlayedSegment[] = [];
  let chunk: Chunk | undefined;
  let object: ChunkObject | undefined;
  let init: Init | undefined;
  for (const segment of segments) {
    // Looked up anew only where they change: a day has some ten thousand segments.
    if (segment.chunkStartMs !== chunk?.startMs) {
      chunk = stored.get(segment.chunkStartMs);
      object = chunk?.objects.find(({ track }) => track === segment.track);
      init = undefined;
    }
    if (!chunk || !object) continue;
    if (segment.initId !== init?.initId) init = object.inits.find(({ initId }) => initId === segment.initId);
    const { revision } = chunk;
    played.push(init ? { ...segment, object, revision, init } : { ...segment, object, revision });
  }
  return played;
}

function runsOf(segments: readonly PlayedSegment[]): Run[] {
  const runs: Run[] = [];
  for (const segment of segments) {
    const run = runs.at(-1);
    const before = run?.segments.at(-1);
    const endMs = segment.startMs + segment.durationMs;
    if (run && before && follows(before, segment)) {
      run.segments.push(segment);
      run.endMs = endMs;
    } else runs.push({ startMs: segment.startMs, endMs, segments: [segment] });
  }
  return runs;
}

function follows(before: PlayedSegment, next: PlayedSegment): boolean {
  const stepMs = Math.abs(next.startMs - (before.startMs + before.durationMs));
  return !next.isDiscontinuity && stepMs <= holeToleranceMs && next.init?.sha256 === before.init?.sha256;
}

/** bit/s of the largest segment: what BANDWIDTH of HLS and DASH means. */
export function peakBandwidth(segments: readonly PlayedSegment[]): number {
  const peak = segments.reduce((most, { length, durationMs }) => {
    return durationMs > 0 ? Math.max(most, (length * 8000) / durationMs) : most;
  }, 1);
  return Math.ceil(peak);
}
