/** What the archive's part of the HTTP API answers, as docs/openapi.yaml has it. Times ISO 8601. */
export interface FaultJson {
  code: string;
  message: string;
  since?: string;
}

export interface ChannelJson {
  name: string;
  sourceUrls: string[];
  sourceKind: string;
  chunkMs: number;
  retentionMs: number;
  retentionBytes?: number;
  storeId: string;
  requiredKinds: string[];
  isHlsEncrypted: boolean;
  isEnabled: boolean;
  archive: { chunkCount: number; partialCount: number; sizeBytes: number; start?: string; end?: string };
  source?: { start: string; end: string; targetDurationMs: number; isEnded: boolean; askedAt: string };
  trouble?: FaultJson;
}

export interface HoleJson {
  start: string;
  end: string;
  track: string;
  kind?: string;
  code: string;
  sequences?: { first: number; last: number };
}

export type StretchKind = 'whole' | 'holed' | 'missing' | 'expired' | 'coming';

/** Chunks that follow each other and of which the same is to be said. */
export interface StretchJson {
  start: string;
  end: string;
  kind: StretchKind;
  chunkCount: number;
  sizeBytes: number;
  reason?: FaultJson;
  holes: HoleJson[];
  holeCount: number;
  missingKinds: string[];
}

export interface LockJson {
  id: string;
  start: string;
  end: string;
  note: string;
}

export type JobState = 'queued' | 'active' | 'retrying' | 'completed' | 'failed' | 'cancelled';

export interface CaptureJobJson {
  id: string;
  channel: string;
  chunkStart: string;
  chunkEnd: string;
  state: JobState;
  attempts: number;
  updatedAt: string;
  nextAttemptAt?: string;
  error?: FaultJson;
  progress?: number;
  bytesCaptured?: number;
}

export type UpkeepKind = 'verify' | 'cleanup' | 'rebuild';

/** Work on all that is archived of a channel. */
export interface UpkeepJobJson {
  id: string;
  kind: UpkeepKind;
  decodes: boolean;
  state: JobState;
  updatedAt: string;
  error?: FaultJson;
  done: number;
  total?: number;
  found: number;
  log: string[];
}

/** A range as a file: ordered, being made, or finished. */
export interface ClipJson {
  id: string;
  url: string;
  channel: string;
  start: string;
  end: string;
  title: string;
  state: JobState;
  error?: FaultJson;
  progress?: number;
  file?: { url: string; sizeBytes: number; durationMs: number; gaps: unknown[]; removedAt: string };
}
