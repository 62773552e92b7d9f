import type { Chunk, Segment, Span } from './chunk.ts';
import { uncovered } from './coverage.ts';
import type { TrackKind } from './track.ts';

/** What of a captured chunk counts when two of them are compared. */
export interface ChunkQuality {
  kinds: readonly TrackKind[];
  /** Covered time of all tracks together, ms. */
  coveredMs: number;
}

export function qualityOf(span: Span, segments: readonly Segment[], kinds: readonly TrackKind[]): ChunkQuality {
  const byTrack = Map.groupBy(segments, ({ track }) => track);
  let coveredMs = 0;
  for (const own of byTrack.values()) {
    // The last one may reach into the next chunk: it counts whole.
    const endMs = Math.max(span.endMs, ...own.map(({ startMs, durationMs }) => startMs + durationMs));
    const holes = uncovered({ startMs: span.startMs, endMs }, own, 0);
    coveredMs += endMs - span.startMs - holes.reduce((sum, hole) => sum + hole.endMs - hole.startMs, 0);
  }
  return { kinds, coveredMs };
}

/**
 * Whether a chunk that was captured again may take the place of the stored one: it lacks no kind of track that is there,
 * and has more of them or more time. Equal is not better: what is stored is not touched without a reason.
 */
export function isBetter(candidate: ChunkQuality, stored: ChunkQuality): boolean {
  if (stored.kinds.some((kind) => !candidate.kinds.includes(kind))) return false;
  if (candidate.kinds.length > stored.kinds.length) return candidate.coveredMs >= stored.coveredMs;
  return candidate.coveredMs > stored.coveredMs;
}

/** A stored chunk that could still become whole. */
export function hasHolesIn(chunk: Pick<Chunk, 'holes'>, window: Span): boolean {
  return chunk.holes.some((hole) => hole.startMs < window.endMs && window.startMs < hole.endMs);
}
