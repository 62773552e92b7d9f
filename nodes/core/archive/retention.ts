import type { Channel } from './channel.ts';
import type { Chunk, Span } from './chunk.ts';
import { overlaps } from './chunk-plan.ts';

export type RetainedChunk = Pick<Chunk, 'startMs' | 'endMs' | 'sizeBytes'>;

/**
 * Which stored chunks a channel keeps no longer: those that ended before its retention, then the oldest beyond its size.
 * Locked ranges stay, whatever their age; they count for the size.
 *
 * @param chunks all that are stored, oldest first
 */
export function chunksToExpire<T extends RetainedChunk>(
  chunks: readonly T[],
  channel: Pick<Channel, 'retentionMs' | 'retentionBytes'>,
  locks: readonly Span[],
  now: number,
): T[] {
  const isLocked = (chunk: T): boolean => locks.some((lock) => overlaps(lock, chunk));
  const expired = chunks.filter((chunk) => chunk.endMs <= now - channel.retentionMs && !isLocked(chunk));
  if (channel.retentionBytes === undefined) return expired;
  const gone = new Set(expired);
  let sizeBytes = chunks.reduce((sum, chunk) => sum + (gone.has(chunk) ? 0 : chunk.sizeBytes), 0);
  for (const chunk of chunks) {
    if (sizeBytes <= channel.retentionBytes) break;
    if (gone.has(chunk) || isLocked(chunk)) continue;
    gone.add(chunk);
    sizeBytes -= chunk.sizeBytes;
  }
  return chunks.filter((chunk) => gone.has(chunk));
}
