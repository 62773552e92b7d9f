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

/** A chunk is one worker's until it gives it back, or keeps silent for too long. */
export interface Lease {
  channel: string;
  startMs: number;
  owner: string;
  /** Counts the leases of the chunk: a later one ends those before it. */
  term: number;
  /** How often a worker that had kept silent lost the chunk to another one. It may wake up and go on writing. */
  takeovers: number;
}

/** Port: which chunks there are and what is in them. Rejects with DATABASE_UNAVAILABLE. */
export interface ChunkIndex {
  get(channel: string, startMs: number): Promise<Chunk | undefined>;
  list(channel: string, filter?: ChunkFilter): Promise<Chunk[]>;
  /** Segments that overlap the span, of complete chunks, by track and then by time. */
  segments(channel: string, filter: SegmentFilter): Promise<Segment[]>;
  /**
   * For who has the chunk's lease: the chunk, where given all of its segments, and what webhooks are told of it, in one transaction.
   * False, and nothing is written, when the lease has been lost.
   */
  putLeased(lease: Lease, chunk: Chunk, segments?: readonly Segment[]): Promise<boolean>;
  /** The same without a lease, in the place of exactly `before` (undefined: of nothing); false when it is not so any more. */
  replace(before: Chunk | undefined, chunk: Chunk, segments?: readonly Segment[]): Promise<boolean>;
  remove(channel: string, startMs: number): Promise<void>;
  totals(channel: string): Promise<ArchiveTotals>;
  /**
   * Takes a chunk for one worker until `until`; undefined when another one has it. A worker that was started again
   * takes what it had. A chunk that nobody knew is made, `expected`.
   */
  claim(channel: string, span: Span, claim: { owner: string; now: number; until: number }): Promise<Lease | undefined>;
  /** Keeps it; false when it has been lost. */
  renew(lease: Lease, until: number): Promise<boolean>;
  release(lease: Lease): Promise<void>;
  locks(channel: string): Promise<ArchiveLock[]>;
  addLock(lock: ArchiveLock): Promise<void>;
  removeLock(channel: string, id: string): Promise<boolean>;
}
