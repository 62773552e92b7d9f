import type { Channel } from './channel.ts';
import type { Chunk, Span } from './chunk.ts';
import { chunkSpans } from './chunk-plan.ts';

/** One entry for each chunk's time: what the index has, otherwise an empty one that is `expected` or `missing`. */
export function fillTimeline(
  channel: Pick<Channel, 'name' | 'chunkMs' | 'createdAt'>,
  span: Span,
  known: readonly Chunk[],
  now: number,
): Chunk[] {
  const byStart = new Map(known.map((chunk) => [chunk.startMs, chunk]));
  const first = known[0]?.startMs ?? Number.POSITIVE_INFINITY;
  // Before the channel was there, and in the future, nothing is missing.
  const from = Math.max(span.startMs, Math.min(channel.createdAt, first));
  const to = Math.min(span.endMs, now);
  const slots = chunkSpans({ startMs: from, endMs: to }, channel.chunkMs).map(
    (slot) => byStart.get(slot.startMs) ?? emptyChunk(channel.name, slot, now),
  );
  // Chunks of another length than the channel has now.
  const odd = known.filter((chunk) => !slots.includes(chunk));
  const covered = odd.filter((chunk) => chunk.state === 'complete');
  const free = slots.filter(
    (slot) =>
      byStart.has(slot.startMs) || !covered.some((one) => one.startMs <= slot.startMs && slot.endMs <= one.endMs),
  );
  return [...free, ...odd].sort((a, b) => a.startMs - b.startMs);
}

export function emptyChunk(channel: string, { startMs, endMs }: Span, now: number): Chunk {
  return {
    channel,
    startMs,
    endMs,
    state: endMs <= now ? 'missing' : 'expected',
    isPartial: false,
    revision: 0,
    objects: [],
    sizeBytes: 0,
    holes: [],
    kinds: [],
    missingKinds: [],
    attempts: 0,
    updatedAt: now,
  };
}

/** A gap in the archive: a chunk that is not there, or a hole in one that is. */
export function isGap(chunk: Chunk): boolean {
  return chunk.state === 'missing' || (chunk.state === 'complete' && chunk.isPartial);
}
