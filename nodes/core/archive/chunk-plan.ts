import type { Chunk, Span } from './chunk.ts';

/** Start of the chunk in which an instant lies. */
export function chunkStart(atMs: number, chunkMs: number): number {
  return Math.floor(atMs / chunkMs) * chunkMs;
}

export function chunkSpan(startMs: number, chunkMs: number): Span {
  return { startMs, endMs: startMs + chunkMs };
}

/** The chunks that overlap a span, oldest first. */
export function chunkSpans({ startMs, endMs }: Span, chunkMs: number): Span[] {
  const spans: Span[] = [];
  for (let at = chunkStart(startMs, chunkMs); at < endMs; at += chunkMs) spans.push(chunkSpan(at, chunkMs));
  return spans;
}

export function overlaps(one: Span, other: Span): boolean {
  return one.startMs < other.endMs && other.startMs < one.endMs;
}

/**
 * Which chunks to capture now: everything of the source's window that is not stored, and stored chunks with holes that
 * the window still covers. Oldest first: what is oldest leaves the window first.
 *
 * @param known chunks of the index that overlap the window
 * @param wantsAgain whether a chunk that was tried already is worth another attempt
 */
export function chunksToCapture(
  window: Span,
  chunkMs: number,
  known: readonly Chunk[],
  wantsAgain: (chunk: Chunk) => boolean,
): Span[] {
  const byStart = new Map(known.map((chunk) => [chunk.startMs, chunk]));
  // The channel's chunks had another length before: what they hold is not captured twice, what they lack not forgotten.
  const odd = known.filter(({ startMs, endMs }) => endMs - startMs !== chunkMs);
  return chunkSpans({ startMs: window.startMs, endMs: window.endMs + 1 }, chunkMs).flatMap((slot) => {
    const chunk = byStart.get(slot.startMs);
    if (chunk && chunk.endMs === slot.endMs) return isWanted(chunk, wantsAgain) ? [slot] : [];
    return without(slot, odd).filter(({ startMs }) => !byStart.has(startMs));
  });
}

function isWanted(chunk: Chunk, wantsAgain: (chunk: Chunk) => boolean): boolean {
  if (chunk.state === 'expired' || (chunk.state === 'complete' && !chunk.isPartial)) return false;
  return wantsAgain(chunk);
}

/** What is left of a span when others are taken out of it. */
function without(span: Span, others: readonly Span[]): Span[] {
  return others.reduce<Span[]>(
    (left, other) =>
      left.flatMap((one) => {
        if (!overlaps(one, other)) return [one];
        const before = { startMs: one.startMs, endMs: other.startMs };
        const after = { startMs: other.endMs, endMs: one.endMs };
        return [before, after].filter(({ startMs, endMs }) => endMs > startMs);
      }),
    [span],
  );
}
