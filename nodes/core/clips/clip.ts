import type { Span } from '../archive/chunk.ts';
import type { ObjectRange } from '../archive/chunk-store.ts';
import type { Container } from '../archive/track.ts';
import type { Job } from '../jobs/job-queue.ts';
import type { Gap } from '../playback/playback-plan.ts';
import type { Dispose } from '../time/clock.ts';

/** What a clip does about a stretch that the archive has not got: `skip` joins both sides, `fail` refuses the range. */
export const clipGaps = ['skip', 'fail'] as const;
export type ClipGap = (typeof clipGaps)[number];

/** A range of a channel, wanted as one file. */
export interface ClipOrder extends Span {
  channel: string;
  gap: ClipGap;
  title: string;
}

/** A finished file. */
export interface ClipResult {
  sizeBytes: number;
  /** Media in it. */
  durationMs: number;
  /** From its first to its last moment; whole segments, so a little more than was asked for. */
  delivered: Span;
  /** What was left out. */
  gaps: Gap[];
  finishedAt: number;
}

export interface Clip {
  job: Job<ClipOrder>;
  /** Of a running one, 0..1. */
  progress?: number;
  /** Absent: not finished, or removed already. */
  result?: ClipResult;
  /** When the file goes by itself. */
  removedAt?: number;
}

/** What happens to a clip: `queued` when it is ordered, or asked for again; `deleted` by a person, or when its time is over. */
export const clipEventStates = ['queued', 'completed', 'failed', 'deleted'] as const;

export interface ClipEvent {
  state: (typeof clipEventStates)[number];
  clip: Clip;
}

/**
 * Whoever makes sure that an event is not lost answers with a promise: the clip's job is not over before it settles, and
 * tells again when it rejects.
 */
export type ClipListener = (event: ClipEvent) => void | Promise<void>;

/** Bytes of a stored object. */
export interface ObjectStretch {
  key: string;
  range: Required<ObjectRange>;
}

/** One input of a part: init segment and media segments as they lie in the store. */
export interface ClipInput {
  container: Container;
  stretches: ObjectStretch[];
}

/** A stretch without a seam: picture and sound, from one input or from two. */
export interface ClipPart {
  inputs: [ClipInput, ...ClipInput[]];
}

export interface ClipWork {
  id: string;
  parts: readonly ClipPart[];
  sizeBytes: number;
  read: (stretch: ObjectStretch, abort: AbortSignal) => Promise<AsyncIterable<Uint8Array>>;
  onProgress: (fraction: number) => void;
  abort: AbortSignal;
}

/**
 * Port: makes a file of the parts, nothing encoded again, memory bounded, and keeps the finished files. A file is there
 * when it is whole. Rejects with CLIP_FAILED, DISK_FULL, OBJECT_DAMAGED, TOOL_MISSING, and as `read`.
 */
export interface ClipMaker {
  /** Bytes of the finished file. */
  make(work: ClipWork): Promise<number>;
  keep(id: string, result: ClipResult): Promise<void>;
  find(id: string): Promise<ClipResult | undefined>;
  /** Absolute path of a finished file. */
  path(id: string): string;
  /** Ids of what is kept. */
  list(): Promise<string[]>;
  remove(id: string): Promise<void>;
}

/** The clips of this station: made one after the other, found again after a restart. */
export interface Clips {
  /**
   * Orders a clip; the same one that is not finished yet is not ordered twice. Rejects with CHANNEL_UNKNOWN, RANGE_EMPTY,
   * RANGE_INVALID, RANGE_HAS_GAPS, CLIP_UNAVAILABLE, TOO_MANY_CLIPS.
   */
  order(order: ClipOrder): Promise<Clip>;
  /** Newest first. */
  list(): Promise<Clip[]>;
  /** Rejects with CLIP_UNKNOWN, as all that follow. */
  get(id: string): Promise<Clip>;
  retry(id: string): Promise<Clip>;
  /** Ends it when it is not finished, and removes its file. */
  remove(id: string): Promise<void>;
  /** Absolute path of the finished file. */
  file(id: string): Promise<{ path: string; name: string }>;

  onEvent(listener: ClipListener): Dispose;
}

/** What the station holds: loaded when somebody wants a clip, or at the start where there are some. */
export interface ClipsDoor {
  readonly isUsed: boolean;
  open(): Promise<Clips>;
  /** Calls back when it is open: at once, or when somebody opens it. */
  onOpen(listener: (clips: Clips) => void): Dispose;
}
