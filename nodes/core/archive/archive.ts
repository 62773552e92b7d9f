import type { Job } from '../jobs/job-queue.ts';
import type { Dispose } from '../time/clock.ts';
import type { Webhooks } from '../webhooks/webhook.ts';
import type { CaptureReport } from './capture-report.ts';
import type { Channel, environmentStoreId, StoreSettings } from './channel.ts';
import type { Chunk, ChunkObject, Segment, Span } from './chunk.ts';
import type { ArchiveLock, ArchiveTotals, ChunkFilter, SegmentFilter } from './chunk-index.ts';
import type { ObjectRange } from './chunk-store.ts';
import type { SourceWindow } from './live-source.ts';
import type { UpkeepJob } from './upkeep-report.ts';

/** What may be said of a channel; what is left out gets its default, or stays as it is. */
export type ChannelChange = Partial<
  Omit<Channel, 'name' | 'createdAt' | 'updatedAt' | 'storeId' | 'retentionBytes'>
> & {
  /** null: no limit. */
  retentionBytes?: number | null;
};

/** An object store with its settings, the station's own (REELFLOW_S3_*), null for the folder. */
export type StoreChoice = StoreSettings | typeof environmentStoreId | null;

/** How a channel is. */
export interface ChannelView {
  channel: Channel;
  totals: ArchiveTotals;
  /** What the source had when it was last asked. */
  source?: SourceWindow & { askedAt: number };
  /** Standing trouble with the source. */
  trouble?: { code: string; message: string; since: number };
}

/** A capture of one chunk: the queue's job and what it did. */
export interface CaptureJob {
  job: Job<CaptureOrder>;
  report?: CaptureReport;
}

export interface CaptureOrder {
  channel: string;
  startMs: number;
  endMs: number;
}

/** Work on a whole channel: `verify` compares index and store, `cleanup` removes what the retention allows, `rebuild` makes the index anew from the store. */
export const upkeepKinds = ['verify', 'cleanup', 'rebuild'] as const;
export type UpkeepKind = (typeof upkeepKinds)[number];

export interface UpkeepOrder {
  kind: UpkeepKind;
  channel: string;
  /** Of `verify`: reads everything and compares checksums; otherwise only presence and size. */
  isThorough?: boolean;
  /** Of `verify`: decodes everything, too. */
  decodes?: boolean;
}

/** `decodes`: `verify` decodes every picture and sound, which takes processor time. */
export type UpkeepOptions = Pick<UpkeepOrder, 'decodes'>;

export type ArchiveEvent =
  | { kind: 'channel'; name: string; isRemoved: boolean }
  /** Each change of a chunk's state or content. */
  | { kind: 'chunk'; chunk: Chunk; before?: Chunk }
  | { kind: 'progress'; jobId: string; report: CaptureReport }
  | { kind: 'trouble'; name: string; trouble?: { code: string; message: string; since: number } };

/**
 * The live archive of this station: built when there is a channel, see ArchiveDoor. Times are epoch ms.
 * Methods reject with CHANNEL_UNKNOWN, DATABASE_UNAVAILABLE, and what they name themselves.
 */
export interface Archive {
  /** Who is told what happens. */
  readonly webhooks: Webhooks;

  channels(): Promise<ChannelView[]>;
  channel(name: string): Promise<ChannelView>;
  /** Without looking at what is archived. */
  settings(name: string): Promise<Channel>;
  /**
   * Makes a channel (`isNew`) or changes it. Rejects with CHANNEL_INVALID and STORE_INVALID naming the field.
   *
   * @param store where its chunks go from now on; absent: as it is, a new channel gets the station's own store or the folder
   */
  putChannel(name: string, change: ChannelChange, store?: StoreChoice): Promise<{ channel: Channel; isNew: boolean }>;
  /** Captures end; its chunks stay in store and index, and are there again when the channel is made again. */
  removeChannel(name: string): Promise<void>;
  store(id: string): Promise<StoreSettings | undefined>;

  chunk(name: string, startMs: number): Promise<Chunk | undefined>;
  chunks(name: string, filter?: ChunkFilter): Promise<Chunk[]>;
  /** One entry for each chunk's time in the span, also where there is none: `expected` or `missing`. */
  timeline(name: string, span: Span): Promise<Chunk[]>;
  segments(name: string, filter: SegmentFilter): Promise<Segment[]>;
  /** Streams bytes of a stored chunk's object. Rejects with OBJECT_UNKNOWN and as ChunkStore. */
  read(
    name: string,
    object: Pick<ChunkObject, 'key'>,
    range: ObjectRange,
    abort: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>>;

  /** See ChunkStore. */
  link(name: string, object: Pick<ChunkObject, 'key'>): Promise<string | undefined>;

  locks(name: string): Promise<ArchiveLock[]>;
  lock(name: string, span: Span, note: string): Promise<ArchiveLock>;
  /** Rejects with LOCK_UNKNOWN. */
  unlock(name: string, id: string): Promise<void>;

  /** Newest first. */
  jobs(filter?: { channel?: string; limit?: number }): Promise<CaptureJob[]>;
  /** Rejects with JOB_UNKNOWN, as retry and cancel do. */
  job(id: string): Promise<CaptureJob>;
  retryJob(id: string): Promise<void>;
  cancelJob(id: string): Promise<void>;
  /** Answers with the job's id; one that is under way already is not begun again. */
  upkeep(kind: UpkeepKind, name: string, options?: UpkeepOptions): Promise<string>;
  /** The last of each kind, newest first. */
  upkeepJobs(name: string): Promise<UpkeepJob[]>;
  /** What it has found and mended stays so. Rejects with JOB_UNKNOWN. */
  cancelUpkeep(name: string, id: string): Promise<void>;

  onEvent(listener: (event: ArchiveEvent) => void): Dispose;
}

/** What the station holds: the archive's parts are only loaded when somebody has a channel. */
export interface ArchiveDoor {
  /** False: there is no channel, and `open()` would make the database. */
  readonly isUsed: boolean;
  open(): Promise<Archive>;
  /** Calls back when it is open: at once, or when somebody opens it. */
  onOpen(listener: (archive: Archive) => void): Dispose;
}
