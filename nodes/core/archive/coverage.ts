import type { Hole, Segment, Span } from './chunk.ts';

/** Less than this is rounding of the times in a playlist, not a hole. */
export const holeToleranceMs = 100;

type Timed = Pick<Segment, 'startMs' | 'durationMs'>;

/** The stretches of a span that no segment covers, in order; shorter ones than the tolerance do not count. */
export function uncovered(span: Span, segments: readonly Timed[], toleranceMs = holeToleranceMs): Span[] {
  const found: Span[] = [];
  let at = span.startMs;
  for (const { startMs, durationMs } of [...segments].sort((a, b) => a.startMs - b.startMs)) {
    if (startMs >= span.endMs) break;
    if (startMs - at > toleranceMs) found.push({ startMs: at, endMs: startMs });
    at = Math.max(at, startMs + durationMs);
  }
  if (span.endMs - at > toleranceMs) found.push({ startMs: at, endMs: span.endMs });
  return found;
}

/** Whether a segment brings something that is not there yet: at least half of it. */
export function isNew(segment: Timed, there: readonly Timed[]): boolean {
  const own = { startMs: segment.startMs, endMs: segment.startMs + segment.durationMs };
  if (segment.durationMs <= 0) return false;
  const missing = uncovered(own, there, 0).reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  return missing >= segment.durationMs / 2;
}

/** What a source told of sequence numbers that it lost, or of segments that could not be read. */
export interface Loss extends Span {
  track: string;
  sequences: { first: number; last: number };
  code: string;
  /** One segment of the source's list, with its own times; otherwise a stretch of numbers that was in no list. */
  isSegment: boolean;
}

/**
 * What a chunk has to hold of a track: a segment belongs to the chunk in which it starts, with all of its length, and a
 * lost one as well. The next chunk begins behind it and would not miss it.
 */
export function ownSpan(span: Span, track: string, losses: readonly Loss[]): Span {
  const starting = losses.filter(
    (loss) => loss.isSegment && loss.track === track && loss.startMs >= span.startMs && loss.startMs < span.endMs,
  );
  return { startMs: span.startMs, endMs: Math.max(span.endMs, ...starting.map(({ endMs }) => endMs)) };
}

/**
 * The holes of a track in a chunk. A segment of the chunk before may reach into this one: its end is where this one has
 * to begin.
 *
 * @param reachesTo end of the segment before the chunk's first, where one is known
 */
export function holesOf(
  track: string,
  span: Span,
  segments: readonly Segment[],
  losses: readonly Loss[],
  { reachesTo, fallback }: { reachesTo?: number | undefined; fallback: string },
): Hole[] {
  const { endMs } = ownSpan(span, track, losses);
  const startMs = Math.min(endMs, Math.max(span.startMs, reachesTo ?? span.startMs));
  return uncovered({ startMs, endMs }, segments).map((hole) => {
    const loss = losses.find((one) => one.track === track && one.startMs < hole.endMs && hole.startMs < one.endMs);
    // A source that began anew had nothing before; one that goes on had it, and has let it go.
    const goesOn = segments[0]?.isDiscontinuity === false;
    const isBegin = reachesTo === undefined && hole.startMs === span.startMs && goesOn;
    return {
      ...hole,
      track,
      code: loss?.code ?? (isBegin ? 'BEFORE_WINDOW' : fallback),
      ...(loss ? { sequences: loss.sequences } : {}),
    };
  });
}
