import type { Span } from './chunk.ts';
import type { Track } from './track.ts';

/** What a source has at the moment. */
export interface SourceWindow extends Span {
  /** Longest segment as the source says, ms. */
  targetDurationMs: number;
  /** It will have no more (EXT-X-ENDLIST). */
  isEnded: boolean;
}

/** A segment that the source has now. Times are wall clock: the source's own where it tells them, otherwise ours. */
export interface OfferedSegment {
  track: string;
  sequence: number;
  startMs: number;
  durationMs: number;
  isDiscontinuity: boolean;
  /** The source says itself that it has not got this one (EXT-X-GAP). */
  isGap: boolean;
  /** Equal ids are the same bytes. */
  init?: { id: string; read: (abort: AbortSignal) => Promise<Uint8Array> };
  /** Streams its bytes. Rejects with SEGMENT_LOST (gone for good), or a retryable error. */
  read: (abort: AbortSignal) => Promise<AsyncIterable<Uint8Array>>;
}

export type SourceEvent =
  /** Before the first segment of a track. */
  | { kind: 'track'; track: Track }
  | { kind: 'segment'; segment: OfferedSegment }
  /** Sequence numbers that passed by between two looks. */
  | { kind: 'lost'; track: string; first: number; last: number; span: Span }
  /** The source did not answer, or nonsense; it is asked again. */
  | { kind: 'trouble'; error: { code: string; message: string } }
  /** Where the segment before the span's first one ends: what lies before was in the chunk before. */
  | { kind: 'reach'; track: string; endMs: number };

/**
 * Port: a live channel at its origin. Every wait has an end; addresses in errors carry no password.
 * Rejects with SOURCE_UNREACHABLE, SOURCE_INVALID, SOURCE_REFUSED (all retryable).
 */
export interface LiveSource {
  /** What it offers lies on this machine, cut from a stream that runs here: no other one can go on without a seam. */
  readonly isLocal: boolean;
  window(abort: AbortSignal): Promise<SourceWindow>;
  /**
   * The segments that start in the span, as they become available, each track in order; ends when every track is past
   * the span, the source has ended, or nothing new came for long after the span's end.
   */
  follow(span: Span, abort: AbortSignal): AsyncIterable<SourceEvent>;
  /**
   * Nobody wants it any more: what runs for it ends. Not called when the station stops, so that it is found again.
   */
  close(): Promise<void>;
}
