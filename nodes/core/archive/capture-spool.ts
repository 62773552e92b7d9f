import type { Segment } from './chunk.ts';
import type { Track } from './track.ts';

/** What a spooled track is when it is whole. */
export interface SpooledTrack {
  track: Track;
  path: string;
  /** All of its bytes, from the begin each time. */
  read: () => AsyncIterable<Uint8Array>;
  sizeBytes: number;
  sha256: string;
  inits: { initId: number; offset: number; length: number; sha256: string }[];
  segments: Segment[];
}

export type NewSegment = Pick<Segment, 'track' | 'sequence' | 'startMs' | 'durationMs' | 'isDiscontinuity'>;

/**
 * Port: where a chunk grows while it is captured, on this machine's disk, one file a track. What was added is found
 * again after a kill -9 or a power cut; half a segment at its end is cut off.
 */
export interface CaptureSpool {
  /** Opens what an earlier attempt left, or begins anew. */
  open(channel: string, startMs: number): Promise<SpooledCapture>;
  /** Everything that lies there, for those that nobody captures any more. */
  list(): Promise<{ channel: string; startMs: number }[]>;
  discard(channel: string, startMs: number): Promise<void>;
}

export interface SpooledCapture {
  readonly segments: readonly Segment[];
  addTrack(track: Track): Promise<void>;
  /** Appends; on a rejection nothing was added. Rejects with SPOOL_FULL, SEGMENT_UNREADABLE, and what `bytes` throws. */
  add(segment: NewSegment, init: Uint8Array | undefined, bytes: AsyncIterable<Uint8Array>): Promise<Segment>;
  /** On the disk, hashed, nothing more to come. */
  seal(): Promise<SpooledTrack[]>;
  close(): Promise<void>;
}
