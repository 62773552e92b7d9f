import type { ChunkObject, Segment } from '../archive/chunk.ts';

/** Bytes of an object, the end not in it. */
export interface ByteSpan {
  start: number;
  end: number;
}

/** What of an object belongs to these segments of it: they, and their init segments. In order, what adjoins as one. */
export function bytesOfSegments({ inits }: Pick<ChunkObject, 'inits'>, segments: readonly Segment[]): ByteSpan[] {
  const wanted = new Set(segments.map(({ initId }) => initId));
  const pieces = [...inits.filter(({ initId }) => wanted.has(initId)), ...segments]
    .map(({ offset, length }) => ({ start: offset, end: offset + length }))
    .sort((a, b) => a.start - b.start);
  const spans: ByteSpan[] = [];
  for (const piece of pieces) {
    const last = spans.at(-1);
    if (last && piece.start <= last.end) last.end = Math.max(last.end, piece.end);
    else spans.push(piece);
  }
  return spans;
}

export function isWithin(asked: ByteSpan, allowed: readonly ByteSpan[]): boolean {
  return allowed.some(({ start, end }) => start <= asked.start && asked.end <= end);
}
