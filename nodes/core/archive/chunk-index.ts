import type { Chunk, ChunkState, Segment, Span } from './chunk.ts';

export interface ChunkFilter {
  /** Chunks that overlap the span. */
  span?: Span;
  states?: readonly ChunkState[];
  isPartial?: boolean;
  /** Default: oldest first. */
  order?: 'oldest' | 'newest';
  limit?: number;
}

export interface SegmentFilter {
  span: Span;
  /** Absent: all tracks. */
  track?: string;
}

/** A range that the retention leaves alone. */
export interface ArchiveLock extends Span {
  id: string;
  channel: string;
  note: string;
  createdAt: number;
}

export interface ArchiveTotals {
  chunkCount: number;
  partialCount: number;
  sizeBytes: number;
  /** Of the chunks that are complete. */
  first?: number;
  last?: number;
}

/** Port: which chunks there are and what is in them. Rejects with DATABASE_UNAVAILABLE. */
export interface ChunkIndex {
  get(channel: string, startMs: number): Promise<Chunk | undefined>;
  list(channel: string, filter?: ChunkFilter): Promise<Chunk[]>;
  /** Segments that overlap the span, of complete chunks, by track and then by time. */
  segments(channel: string, filter: SegmentFilter): Promise<Segment[]>;
  /** The chunk, where given all of its segments, and what webhooks are told of it, in one transaction. */
  put(chunk: Chunk, segments?: readonly Segment[]): Promise<void>;
  remove(channel: string, startMs: number): Promise<void>;
  totals(channel: string): Promise<ArchiveTotals>;
  /**
   * Takes a chunk for one worker until `until`; false when another one has it. Who has it takes it again, to keep it.
   * A chunk that nobody knew is made, `expected`.
   */
  claim(channel: string, span: Span, claim: { owner: string; now: number; until: number }): Promise<boolean>;
  release(channel: string, startMs: number, owner: string): Promise<void>;
  locks(channel: string): Promise<ArchiveLock[]>;
  addLock(lock: ArchiveLock): Promise<void>;
  removeLock(channel: string, id: string): Promise<boolean>;
}
