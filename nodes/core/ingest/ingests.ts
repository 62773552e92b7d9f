import type { Recording } from '../recording/recording.ts';
import type { Dispose } from '../time/clock.ts';
import type { UploadWindow } from './upload-window.ts';

/** Settings of one capture-ingest node. */
export interface IngestSettings {
  ingestId: string;
  name: string;
  /** Id of the capture-opencast node: the core that it uploads to. */
  coreId: string;
  /** Definition for recordings whose event names none; absent: the core's own default. */
  workflowDefinitionId?: string;
  /** Workflow parameters for all recordings; those of the event come first. */
  workflowParameters: Readonly<Record<string, string>>;
  /** Flavor by camera name, over what the camera says. */
  flavors: Readonly<Record<string, string>>;
  /** Tags by camera name; `*` is for all. */
  tags: Readonly<Record<string, readonly string[]>>;
  /** On every track of a recording with gaps; empty: none. The workflow gets the parameter `degraded` = `true` too. */
  degradedTag: string;
  /** Who may read and change a recording that the core does not know; none: as the core decides. */
  access?: AccessRoles;
  /** Each upload waits for a random time between the two, so that a hundred rooms do not begin at once. */
  delayMinMs: number;
  delayMaxMs: number;
  /** Of all uploads of the node together; 0: no limit. */
  bytesPerSecond: number;
  /** Uploads begin only in it; absent: at any time. */
  window?: UploadWindow;
  /** Uploads at once. */
  parallel: number;
  /** Backup mode: nothing is uploaded until somebody asks for it. */
  isOnHold: boolean;
  /** False: the files go once the core has accepted them. */
  keepsFiles: boolean;
  /** When the answer to the last request was lost: send it again (a core that has it refuses), or ask a person. */
  onLostReply: 'resend' | 'ask';
}

export interface AccessRoles {
  read: readonly string[];
  write: readonly string[];
}

/** What a message may say otherwise than the node. */
export type IngestOverrides = Partial<Pick<IngestSettings, 'workflowDefinitionId' | 'workflowParameters' | 'isOnHold'>>;

export type IngestState =
  /** For its turn, its random delay or its time window. */
  | 'waiting'
  /** Until somebody asks for it. */
  | 'held'
  | 'uploading'
  /** All is there, the workflow is being started. */
  | 'ingesting'
  | 'retrying';

/** The request to the core that is under way: the `number`th of `of`. */
export interface IngestStepReport {
  kind: 'create' | 'catalog' | 'attachment' | 'track' | 'submit';
  number: number;
  of: number;
  /** Camera name; only of a track. */
  input?: string;
}

export interface IngestProgress {
  ingestId: string;
  recordingId: string;
  title: string;
  /** URL of the core. */
  target: string;
  state: IngestState;
  /** Only while one is under way. */
  step?: IngestStepReport;
  bytesDone: number;
  bytesTotal: number;
  /** Of the last seconds; 0 while nothing is sent. */
  bytesPerSecond: number;
  /** Failed ones so far. */
  attempts: number;
  /** Why the last attempt failed, or why it waits. */
  error?: { code: string; message: string };
  /** Epoch ms; when it waits for a time. */
  waitsUntil?: number;
}

export interface IngestListeners {
  /** At least once for each recording that the core accepted, in the state `delivered`. */
  onDelivered(recording: Recording): void;
  /** Some times a second at most, and at each change of `state`. */
  onProgress(progress: IngestProgress): void;
}

/** The uploads of a station to Opencast. The ingest nodes attach to it; it outlives them. */
export interface Ingests {
  /**
   * Attaches an ingest node: what it had accepted goes on with these settings. The returned function detaches it; with
   * `true` (it was deleted) what it has not uploaded yet is given up.
   */
  attach(settings: IngestSettings, listeners: IngestListeners): (isRemoved?: boolean) => void;
  /**
   * Accepts a recording; kept on the disk when it returns, twice is once.
   * Throws RECORDING_UNKNOWN, INGEST_UNKNOWN (no such node).
   */
  accept(ingestId: string, recordingId: string, overrides?: IngestOverrides): void;
  /**
   * A person wants it at the core now: ends a hold, a delay, a wait for the window or for the next try. One that was
   * accepted by the core before is sent again. Throws INGEST_MISSING when no ingest node has the recording.
   */
  upload(recordingId: string): void;
  /** Gives an upload up and clears away what is at the core. Throws INGEST_MISSING. */
  cancel(recordingId: string): Promise<void>;
  /** All that is under way or waiting. */
  progress(): IngestProgress[];
  /** Called when {@link progress} has changed: at each change of a state at once, otherwise some times a second. */
  onChange(listener: () => void): Dispose;
}
