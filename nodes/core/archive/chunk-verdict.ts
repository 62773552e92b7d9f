import type { SpooledTrack } from './capture-spool.ts';
import type { Chunk, ChunkObject, Hole, Segment, Span } from './chunk.ts';
import { chunkStem, objectKey } from './chunk-key.ts';
import { holesOf, type Loss } from './coverage.ts';
import { type TrackKind, trackKinds } from './track.ts';

export interface VerdictInput {
  channel: string;
  span: Span;
  tracks: readonly SpooledTrack[];
  losses: readonly Loss[];
  /** End of the segment before the chunk's first, by track. */
  reach: ReadonlyMap<string, number>;
  /** Code of holes of which nothing else is known. */
  fallback: string;
  requiredKinds: readonly TrackKind[];
  before?: Chunk | undefined;
  /** See Lease. */
  takeovers: number;
  now: number;
}

/** What was captured of a chunk, and everything that is missing in it. Pure. */
export function judgeChunk(input: VerdictInput): Chunk {
  const { channel, span, tracks, requiredKinds, before, now } = input;
  const revision = (before?.revision ?? 0) + 1;
  const keys = freeKeys(input, revision + input.takeovers);
  const objects = tracks.map(({ track, sizeBytes, sha256, inits, segments }, index): ChunkObject => {
    return { ...track, key: keys[index] ?? '', sizeBytes, sha256, inits, segmentCount: segments.length };
  });
  const holes = tracks.flatMap(({ track, segments }) => [
    ...holesOf(track.track, span, segments, input.losses, {
      reachesTo: input.reach.get(track.track),
      fallback: input.fallback,
    }),
    ...kindHoles(track.track, segments, tracks.length === 1 ? requiredKinds : []),
  ]);
  const there = new Set(tracks.flatMap(({ segments }) => segments.flatMap(({ kinds }) => kinds)));
  const kinds = trackKinds.filter((kind) => there.has(kind));
  const missingKinds = requiredKinds.filter((kind) => !there.has(kind));
  const actual = extent(tracks.flatMap(({ segments }) => segments));
  return {
    channel,
    startMs: span.startMs,
    endMs: span.endMs,
    state: 'uploading',
    isPartial: holes.length > 0 || missingKinds.length > 0,
    revision,
    objects,
    sizeBytes: objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    ...(actual ? { actual } : {}),
    holes: holes.sort((a, b) => a.startMs - b.startMs),
    kinds,
    missingKinds,
    attempts: (before?.attempts ?? 0) + 1,
    updatedAt: now,
  };
}

/** Of a version that the content before has none of: an index that was rebuilt from the store counts takeovers anew. */
function freeKeys(input: VerdictInput, version: number): string[] {
  const { channel, span, tracks, before } = input;
  const stem = chunkStem(channel, span);
  const keys = tracks.map(({ track }, index) => objectKey(stem, track.track, track.container, index === 0, version));
  const isTaken = before?.objects.some(({ key }) => keys.includes(key)) === true;
  return isTaken ? freeKeys(input, version + 1) : keys;
}

/** Stretches in which a track that carries several kinds has not all of them. */
function kindHoles(track: string, segments: readonly Segment[], required: readonly TrackKind[]): Hole[] {
  const expected = new Set([...segments.flatMap(({ kinds }) => kinds), ...required]);
  const holes: Hole[] = [];
  for (const kind of expected) {
    let open: Hole | undefined;
    for (const { startMs, durationMs, sequence, kinds } of segments) {
      const endMs = startMs + durationMs;
      if (kinds.includes(kind)) open = undefined;
      else if (open) {
        open.endMs = endMs;
        if (open.sequences) open.sequences.last = sequence;
      } else {
        open = { startMs, endMs, track, kind, code: 'KIND_MISSING', sequences: { first: sequence, last: sequence } };
        holes.push(open);
      }
    }
  }
  return holes;
}

function extent(segments: readonly Segment[]): Span | undefined {
  if (segments.length === 0) return undefined;
  let startMs = Number.POSITIVE_INFINITY;
  let endMs = Number.NEGATIVE_INFINITY;
  for (const segment of segments) {
    startMs = Math.min(startMs, segment.startMs);
    endMs = Math.max(endMs, segment.startMs + segment.durationMs);
  }
  return { startMs, endMs };
}
