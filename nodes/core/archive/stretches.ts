import type { Chunk, Hole, Span } from './chunk.ts';

/** How a stretch of the archive is: whole, with holes, not there, removed by the retention, or on its way. */
export const stretchKinds = ['whole', 'holed', 'missing', 'expired', 'coming'] as const;
export type StretchKind = (typeof stretchKinds)[number];

/** Chunks that follow each other and of which the same is to be said. */
export interface Stretch extends Span {
  kind: StretchKind;
  chunkCount: number;
  sizeBytes: number;
  /** Why it is missing, or why what is coming is not there yet. */
  reason?: { code: string; message: string };
  /** Of `holed`: the first of them, by their time. */
  holes: Hole[];
  /** All of them. */
  holeCount: number;
  /** Of `holed`: kinds of track that whole chunks have. */
  missingKinds: string[];
}

const mostHoles = 200;

/** A timeline in as few words as possible: a day that is whole is one stretch. */
export function stretchesOf(chunks: readonly Chunk[]): Stretch[] {
  const stretches: Stretch[] = [];
  for (const chunk of chunks) {
    const next = stretchOf(chunk);
    const last = stretches.at(-1);
    if (last && isSame(last, next)) extend(last, next);
    else stretches.push(next);
  }
  return stretches;
}

function stretchOf(chunk: Chunk): Stretch {
  const { startMs, endMs, sizeBytes, reason, missingKinds } = chunk;
  const kind = kindOf(chunk);
  const holes = kind === 'holed' ? [...chunk.holes].sort((a, b) => a.startMs - b.startMs) : [];
  const hasReason = reason && (kind === 'missing' || kind === 'coming');
  return {
    ...{ startMs, endMs, kind, chunkCount: 1, sizeBytes: kind === 'expired' ? 0 : sizeBytes },
    ...(hasReason ? { reason } : {}),
    holes: holes.slice(0, mostHoles),
    holeCount: holes.length,
    missingKinds: kind === 'holed' ? missingKinds : [],
  };
}

function kindOf({ state, isPartial }: Chunk): StretchKind {
  if (state === 'complete') return isPartial ? 'holed' : 'whole';
  return state === 'missing' || state === 'expired' ? state : 'coming';
}

function isSame(last: Stretch, next: Stretch): boolean {
  return (
    last.kind === next.kind &&
    last.endMs === next.startMs &&
    last.reason?.code === next.reason?.code &&
    last.missingKinds.join() === next.missingKinds.join()
  );
}

function extend(last: Stretch, next: Stretch): void {
  last.endMs = next.endMs;
  last.chunkCount += next.chunkCount;
  last.sizeBytes += next.sizeBytes;
  last.holes.push(...next.holes.slice(0, mostHoles - last.holes.length));
  last.holeCount += next.holeCount;
}
