import type { ErrorJson } from './types.ts';

/** What the HTTP API says of Opencast; forms as in types.ts. */

/** As Opencast names it. */
export type AgentState = 'idle' | 'shutting_down' | 'capturing' | 'uploading' | 'error' | 'unknown' | 'offline';

export interface OpencastAgentJson {
  agentId: string;
  /** Its name at the core. */
  name: string;
  coreUrl?: string;
  isBackup: boolean;
  state: AgentState;
  /** What the core knows. */
  toldState?: AgentState;
  lastContactAt: string | null;
  lastError: { code: string; message: string; at: string } | null;
  /** What the core has not heard yet of which recording. */
  waiting: { eventId: string; title?: string; state: string; at: string }[];
}

export type UploadState = 'waiting' | 'held' | 'uploading' | 'ingesting' | 'retrying';

export interface UploadJson {
  ingestId: string;
  recordingId: string;
  title: string;
  coreUrl: string;
  state: UploadState;
  step?: {
    kind: 'create' | 'catalog' | 'attachment' | 'track' | 'submit';
    number: number;
    of: number;
    input?: string;
  };
  bytesDone: number;
  bytesTotal: number;
  bytesPerSecond: number;
  attempts: number;
  error?: ErrorJson;
  waitsUntil?: string;
}

/** Both are empty on a station without Opencast. */
export interface OpencastJson {
  agents: OpencastAgentJson[];
  uploads: UploadJson[];
}

/** Whether the Opencast core has an event for a recording that was started by hand. */
export interface BookingJson {
  state: 'none' | 'pending' | 'booked' | 'conflict' | 'refused';
  reason?: string;
  conflicts?: { id?: string; title: string; start?: string; end?: string }[];
}

export interface SeriesJson {
  /** For `seriesId`. */
  id: string;
  title: string;
}
