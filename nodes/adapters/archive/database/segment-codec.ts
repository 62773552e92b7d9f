import type { Segment, Span } from '../../../core/archive/chunk.ts';
import { trackKinds } from '../../../core/archive/track.ts';

type Row = [
  sequence: number,
  startMs: number,
  durationMs: number,
  offset: number,
  length: number,
  marks: number,
  initId: number,
];

const discontinuityMark = 1;
/** Bits from here on are the kinds, in the order of trackKinds. */
const firstKindBit = 1;
const noInit = -1;

/**
 * The segments of one track of a chunk as one text: a day in segments of two seconds is 43 200 of them, and rows of
 * their own would make a playlist of a day slow and the database large.
 */
export function encodeSegments(segments: readonly Segment[]): string {
  return JSON.stringify(
    segments.map((one): Row => {
      let marks = one.isDiscontinuity ? discontinuityMark : 0;
      for (const [bit, kind] of trackKinds.entries()) if (one.kinds.includes(kind)) marks |= 1 << (firstKindBit + bit);
      const { sequence, startMs, durationMs, offset, length, initId } = one;
      return [sequence, startMs, durationMs, offset, length, marks, initId ?? noInit];
    }),
  );
}

/** Those that overlap a span. */
export function decodeSegments(text: string, chunkStartMs: number, track: string, span: Span): Segment[] {
  const segments: Segment[] = [];
  for (const row of JSON.parse(text) as Row[]) {
    // Read by index: an iterator for each of ten thousand rows is what a playlist of a day would wait for.
    const { 0: sequence, 1: startMs, 2: durationMs, 3: offset, 4: length, 5: marks, 6: initId } = row;
    if (startMs >= span.endMs || startMs + durationMs <= span.startMs) continue;
    const isDiscontinuity = (marks & discontinuityMark) !== 0;
    const kinds = kindsOf(marks);
    const own: Segment = { chunkStartMs, track, sequence, startMs, durationMs, offset, length, isDiscontinuity, kinds };
    if (initId !== noInit) own.initId = initId;
    segments.push(own);
  }
  return segments;
}

/** Shared: a playlist of a day has a few different ones. */
const kindLists = new Map<number, Segment['kinds']>();

function kindsOf(marks: number): Segment['kinds'] {
  const bits = marks >> firstKindBit;
  let kinds = kindLists.get(bits);
  if (!kinds) {
    kinds = trackKinds.filter((_, bit) => (bits & (1 << bit)) !== 0);
    kindLists.set(bits, kinds);
  }
  return kinds;
}
