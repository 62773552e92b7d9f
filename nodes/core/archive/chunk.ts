import { folderStoreId } from './channel.ts';
import type { Track, TrackKind } from './track.ts';

/**
 * `expected`: its time has begun or passed, nothing is captured yet. `capturing`: a job takes it from the source.
 * `uploading`: captured as a whole, on its way into the store. `complete`: stored and in the index, perhaps with holes
 * (`isPartial`). `missing`: not there and not to be had, `reason` says why. `expired`: removed by the retention.
 */
export const chunkStates = ['expected', 'capturing', 'uploading', 'complete', 'missing', 'expired'] as const;
export type ChunkState = (typeof chunkStates)[number];

/** A stretch of wall-clock time of a channel. Epoch ms; the end is not in it. */
export interface Span {
  startMs: number;
  endMs: number;
}

/** What is missing inside a chunk. */
export interface Hole extends Span {
  track: string;
  /** Only this of the track is missing: sound that stopped in a stream of both. Absent: all of it. */
  kind?: TrackKind;
  /** Media sequence numbers that the source had and that were not got, where it counted them. */
  sequences?: { first: number; last: number };
  /**
   * SCREAMING_SNAKE: SOURCE_SILENT, SEGMENT_LOST, SEGMENT_UNREADABLE, SOURCE_GAP, KIND_MISSING, BEFORE_WINDOW, TRACK_MISSING,
   * UNDECODABLE (it is stored, and cannot be shown).
   */
  code: string;
}

/** An init segment inside an object: what has to be in front of the segments that name it (EXT-X-MAP). */
export interface Init {
  initId: number;
  /** Bytes in the object. */
  offset: number;
  length: number;
  /** Hex; equal ones are the same init segment, also across chunks. */
  sha256: string;
}

/** One file in the store: a track's init and media segments of the chunk, one after the other as they came. */
export interface ChunkObject extends Track {
  key: string;
  sizeBytes: number;
  /** Hex, of the whole object. */
  sha256: string;
  inits: Init[];
  segmentCount: number;
}

/** A stretch of [n x chunkMs, (n + 1) x chunkMs) since 1970-01-01T00:00:00Z. */
export interface Chunk extends Span {
  channel: string;
  state: ChunkState;
  /** Holes, or kinds of track that are missing. It may be captured again while the source still has it. */
  isPartial: boolean;
  /** Raised each time that other content takes the place of what was stored: offsets of an older one are worthless. */
  revision: number;
  /** The first is the main one: its key is that of the replaced service. */
  objects: ChunkObject[];
  /** Where they are; absent: in the folder. A channel that is given another store keeps its older chunks where they are. */
  storeId?: string;
  /** Of all objects. */
  sizeBytes: number;
  /** From its first to its last segment, of the track that reaches farthest. */
  actual?: Span;
  holes: Hole[];
  kinds: TrackKind[];
  missingKinds: TrackKind[];
  attempts: number;
  /** Why it is missing, or why the last attempt failed. */
  reason?: { code: string; message: string };
  /** Epoch ms */
  storedAt?: number;
  verifiedAt?: number;
  updatedAt: number;
}

/** The store of a chunk's objects. */
export function storeIdOf({ storeId }: Pick<Chunk, 'storeId'>): string {
  return storeId ?? folderStoreId;
}

/** One media segment of a stored chunk. It belongs to the chunk in which it starts, and may end in the next. */
export interface Segment {
  chunkStartMs: number;
  track: string;
  /** Media sequence number as the source counted it. */
  sequence: number;
  /** Wall clock, epoch ms; fractions are real. */
  startMs: number;
  durationMs: number;
  /** Bytes in the track's object. */
  offset: number;
  length: number;
  /** The source began a new timeline here (EXT-X-DISCONTINUITY, a counter that began anew). */
  isDiscontinuity: boolean;
  /** Absent where the container needs none. */
  initId?: number;
  kinds: TrackKind[];
}
