import type { BookingJson } from './opencast-types.ts';

/**
 * What Reelflow's HTTP API answers, as docs/openapi.yaml has it; only what the widgets show is written down here.
 * Times are ISO 8601 in UTC with milliseconds, durations milliseconds, sizes bytes.
 */
export type RecordingState =
  | 'scheduled'
  | 'armed'
  | 'recording'
  | 'finishing'
  | 'recorded'
  | 'delivering'
  | 'delivered'
  | 'failed'
  | 'cancelled'
  | 'skipped';

export type Role = 'viewer' | 'operator' | 'admin';

export interface ErrorJson {
  code: string;
  message: string;
  at?: string;
}

export interface TrackJson {
  input: string;
  flavor: string;
  name: string;
  mimeType: string;
  sizeBytes: number;
  durationMs: number;
  /** Path on this server, under /media. */
  url: string;
}

export interface PartJson {
  input: string;
  captureId: string;
  start: string;
  end?: string;
}

export interface GapJson {
  input: string;
  start: string;
  end: string;
  reason: string;
}

/** A stretch that a person did not want; without an end while it is paused. */
export interface PauseJson {
  start: string;
  end?: string;
  /** Not in the finished files. */
  isLeftOut: boolean;
}

export interface WarningJson {
  at: string;
  input?: string;
  code: string;
  message: string;
}

export interface DeliveryJson {
  deliverId: string;
  /** For administrators only, as the paths. */
  target?: string;
  bytesDone: number;
  bytesTotal: number;
  attempts: number;
  lastError?: ErrorJson;
  paths?: string[];
}

export interface EventJson {
  uid: string;
  start: string;
  end: string;
  title: string;
  location?: string;
  series?: string;
  description?: string;
  inputs: string[];
}

/** An event as `GET /api/v1/schedule` lists it, with what became of it so far. */
export interface PlannedEventJson extends EventJson {
  scheduleId: string;
  recording: { id: string; state: RecordingState } | null;
  conflicts: ConflictJson[];
}

/** Two events that want one camera at the same time, and what comes of it. */
export interface ConflictJson {
  /** Empty: the recorder's own. */
  input: string;
  /** uid of the event that has the camera. */
  first: string;
  /** uid of the event that comes second. */
  second: string;
  start: string;
  end: string;
  outcome: 'both-complete' | 'second-begins-late' | 'second-not-recorded';
  secondBeginsAt?: string;
}

export interface RecordingJson {
  id: string;
  origin: 'schedule' | 'manual';
  state: RecordingState;
  title: string;
  event: EventJson;
  plannedStart: string;
  plannedEnd: string;
  start?: string;
  end?: string;
  inputs: string[];
  tracks: TrackJson[];
  parts: PartJson[];
  gaps: GapJson[];
  pauses: PauseJson[];
  isPaused: boolean;
  isDegraded: boolean;
  isOnHold: boolean;
  warnings: WarningJson[];
  error?: ErrorJson;
  delivery?: DeliveryJson;
  booking?: BookingJson;
  /** Absolute folder; for administrators only. */
  directory?: string;
  createdAt: string;
  updatedAt: string;
}

/** Live figures of one camera of a running recording. */
export interface ProgressJson {
  recordingId: string;
  input: string;
  durationMs: number;
  sizeBytes: number;
  framesPerSecond?: number;
  levelDbfs?: number;
  isCapturing: boolean;
}

export interface AlarmJson {
  key: string;
  severity: 'warning' | 'error';
  code: string;
  message: string;
  since: string;
  /** Who has seen it, and when. */
  acknowledged?: { by: string; at: string };
}

export interface DiskJson {
  freeBytes: number;
  totalBytes: number;
}

/** One calendar and how well it is read. */
export interface ScheduleJson {
  scheduleId: string;
  name: string;
  lastGoodAt: string | null;
  lastError: ErrorJson | null;
  problems: { uid?: string; code: string; message: string }[];
}

export interface InputJson {
  id: string;
  name: string;
  kind: string;
  flavor: string;
  profile: string;
  /** Where the pictures come from, without secrets. */
  url?: string;
  isCapturing: boolean;
  recordingIds: string[];
  preview: { stillUrl: string; streamUrl: string };
}

export interface StatusJson {
  agent: string;
  version: string;
  state: 'idle' | 'capturing' | 'uploading' | 'error';
  since: string;
  clock: { now: string; timeZone: string };
  bus: { isConnected: boolean };
  recordings: { armed: number; delivering: number; undelivered: number };
  nextEvent: PlannedEventJson | null;
  alarms: AlarmJson[];
  disk: DiskJson | null;
  host: {
    nodeVersion: string;
    processorShare: number;
    processorCount: number;
    load: number;
    memoryBytes: number;
    freeMemoryBytes: number;
    totalMemoryBytes: number;
    uptimeMs: number;
  };
}

export interface AuditJson {
  at: string;
  user: string;
  via: string;
  action: string;
  detail: string;
  isOk: boolean;
}

/** Who looks. */
export interface MeJson {
  user: string;
  role: Role;
}

export interface UserJson {
  name: string;
  role: Role;
  createdAt: string;
  /** Set by the environment: not to be changed or removed here. */
  isPasswordFixed: boolean;
}

export interface TokenJson {
  id: string;
  name: string;
  role: Role;
  createdAt: string;
}
