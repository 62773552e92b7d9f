import type { Caller } from '../bus/command.ts';
import type { ScheduledEvent } from '../schedule/event.ts';
import type { Dispose } from '../time/clock.ts';
import type {
  Recording,
  RecordingBooking,
  RecordingProgress,
  RecordingState,
  RecordingTrack,
  RecordMessage,
} from './recording.ts';

/** Settings of one capture-recorder node. */
export interface RecorderSettings {
  recorderId: string;
  name: string;
  /** Camera names; an event may choose among all cameras of the station. */
  inputs: string[];
  /** Longest manual recording, and the length of one started without a duration. */
  manualLimitMs: number;
  /** No advance of media time for this long: the tool is ended and a new part begun. */
  stallMs: number;
  /** Silence (below -60 dBFS) or black picture for this long raises a warning; 0: never. */
  silenceWarningMs: number;
  blackWarningMs: number;
  /** What is paused is not in the finished file; otherwise it is kept, and the pause is listed. */
  isPauseLeftOut: boolean;
  retention: RetentionPolicy;
}

/** Removes only what has been delivered. */
export interface RetentionPolicy {
  /** 0: keep. */
  maxAgeMs: number;
  /** Delivered recordings go, oldest first, until this much is free; 0: never. */
  minFreeBytes: number;
}

export interface RecordingFilter {
  states?: RecordingState[];
  /** Planned to begin at this instant or later. */
  from?: number;
  /** Only those that a person should look at: failed, skipped, with gaps, parts, warnings or a delivery that fails. */
  hasProblem?: boolean;
  /** Each word must be in its title, series, place, cameras, id or date (UTC, `2026-11-21`); case does not matter. */
  search?: string;
  /** Only what comes behind this one in the order of the list. */
  after?: RecordingPlace;
  limit?: number;
}

/** Where a recording stands in the list; enough to go on behind it when it is gone. */
export type RecordingPlace = Pick<Recording, 'plannedStart' | 'createdAt' | 'id'>;

/** The recordings of a station. The recorder nodes attach to it; it outlives them. */
export interface Recordings {
  /** Attaches a recorder node; its running recordings go on. Listeners hear only of its own recordings. */
  attach(settings: RecorderSettings, listeners: RecorderListeners): Dispose;
  /** From capture-schedule: idempotent by event uid. Undefined when the event is over and was never recorded, or called off. */
  prepare(recorderId: string, event: ScheduledEvent): Recording | undefined;
  cancelEvent(recorderId: string, event: ScheduledEvent): void;
  start(recorderId: string | undefined, request: Omit<RecordMessage, 'action' | 'id'>, caller: Caller): Recording;
  stop(id: string, caller: Caller): Recording;
  /** Negative shortens; never before now. */
  extend(id: string, byMs: number, caller: Caller): Recording;
  /** Marks what is captured from now on as not wanted; idempotent. Refused with RECORDING_OVER unless it is running. */
  pause(id: string, caller: Caller): Recording;
  /** Idempotent, as `pause`. */
  resume(id: string, caller: Caller): Recording;
  /** Removes it, and its files unless they are to stay. A running one is refused with RECORDING_RUNNING. */
  remove(id: string, caller: Caller, keepsFiles?: boolean): Promise<void>;
  get(id: string): Recording | undefined;
  /** Newest planned start first. */
  list(filter?: RecordingFilter): Recording[];
  progress(): RecordingProgress[];
  recorders(): RecorderSettings[];
  /** Tail of the capture tools' logs of one recording, secrets removed. */
  log(id: string): Promise<string[]>;
  /** For delivering nodes: moves `recorded -> delivering -> delivered` and notes progress. */
  delivery(id: string, change: DeliveryChange): Recording;
  /** For who books it with an Opencast core; `event`: as it was booked. */
  noteBooking(id: string, booking: RecordingBooking, event?: ScheduledEvent): Recording;
  onChange(listener: (recording: Recording, before?: Recording) => void): Dispose;
  onRemove(listener: (recording: Recording) => void): Dispose;
  onProgress(listener: (progress: RecordingProgress[]) => void): Dispose;
}

export interface RecorderListeners {
  onRecording(recording: Recording): void;
  onProgress(progress: RecordingProgress): void;
}

export type DeliveryChange =
  | { kind: 'begun'; deliverId: string; target: string; bytesTotal: number }
  /** Kept back until a person asks for it; the next `begun` ends that. */
  | { kind: 'held'; deliverId: string; target: string; bytesTotal: number }
  | { kind: 'progress'; bytesDone: number }
  | { kind: 'failed'; error: { code: string; message: string }; attempts: number }
  /** `tracks`: where they lie now, when the recording's own files were moved. */
  | { kind: 'delivered'; paths: string[]; tracks?: RecordingTrack[] }
  /**
   * The node that was to deliver it is gone: the recording is `recorded` again. `isOnHold`: a person gave it up, so nothing
   * takes it up again unasked.
   */
  | { kind: 'abandoned'; isOnHold?: boolean };
