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

/** Another event that wants an input at the same time: the earlier one has it, the later one gets it when it is free. */
export interface ConflictJson {
  uid: string;
  title: string;
  inputs: string[];
  start: string;
  end: string;
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
  isDegraded: boolean;
  isOnHold: boolean;
  warnings: WarningJson[];
  error?: ErrorJson;
  delivery?: DeliveryJson;
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
