import type { ScheduledEvent } from '../schedule/event.ts';

/** The main line, then the side exits. Transitions: see state.ts. */
export const recordingStates = [
  'scheduled',
  'armed',
  'recording',
  'finishing',
  'recorded',
  'delivering',
  'delivered',
  'failed',
  'cancelled',
  'skipped',
] as const;
export type RecordingState = (typeof recordingStates)[number];

/** One recording as every part of the product sees it: database, messages, bus, HTTP. Times are epoch milliseconds. */
export interface Recording {
  /** `20261121T101500Z-3f9a1c`: start in UTC and six random hex digits; sorts by time, safe as a folder name. */
  id: string;
  /** Node id of the capture-recorder that owns it. */
  recorderId: string;
  origin: 'schedule' | 'manual';
  state: RecordingState;
  title: string;
  /** The event it was made from; for manual recordings one is made up, so that receivers see one shape. */
  event: ScheduledEvent;
  plannedStart: number;
  /** Manual recordings without a duration end at the recorder's limit. */
  plannedEnd: number;
  /** First and last instant in the finished file. */
  start?: number;
  end?: number;
  /** Names of the cameras it records. */
  inputs: string[];
  /** The finished files, one a camera; empty until `recorded`. */
  tracks: RecordingTrack[];
  /** What was captured, in order; more than one part for an input means that its capture was begun anew. */
  parts: RecordingPart[];
  gaps: RecordingGap[];
  /** In order; the last one has no end while the recording is paused. Absent: never paused. */
  pauses?: RecordingPause[];
  isDegraded: boolean;
  isOnHold: boolean;
  warnings: RecordingWarning[];
  error?: { code: string; message: string };
  /** Absolute folder of everything that belongs to it. */
  directory: string;
  delivery?: RecordingDelivery;
  /** Absent: nothing to book it with, or made from an event. */
  booking?: RecordingBooking;
  /** Why it ended: as planned, by a person, or because its event was cancelled or moved. */
  endedBy?: 'plan' | 'user' | 'event';
  /** When the finished recording was handed to the flow; a crash before that hands it over again. */
  announcedAt?: number;
  createdAt: number;
  updatedAt: number;
}

export interface RecordingTrack {
  input: string;
  /** Opencast flavor, e.g. `presenter/source`. */
  flavor: string;
  /** Absolute path; messages carry paths, never content. */
  path: string;
  mimeType: string;
  sizeBytes: number;
  durationMs: number;
}

export interface RecordingPart {
  input: string;
  /** Id of the capture process that made it. */
  captureId: string;
  start: number;
  end?: number;
}

export interface RecordingGap {
  input: string;
  start: number;
  end: number;
  /** Why: what happened to the capture, in words. */
  reason: string;
}

/**
 * A stretch that a person did not want. The capture runs on all the same; whether its pictures are in the finished file
 * is decided when the pause begins.
 */
export interface RecordingPause {
  start: number;
  end?: number;
  /** Not in the finished file, which goes on at once behind it; otherwise it is only listed. */
  isLeftOut: boolean;
}

/** Something to look at that did not end the recording: silence, black picture, disk low. */
export interface RecordingWarning {
  at: number;
  input?: string;
  code: string;
  message: string;
}

export interface RecordingDelivery {
  /** Node id of the capture-deliver (or ingest, upload) node. */
  deliverId: string;
  target: string;
  bytesDone: number;
  bytesTotal: number;
  attempts: number;
  /** Why the last attempt failed; absent while all is well. */
  lastError?: { code: string; message: string };
  /** Where the files lie now; set when delivered. */
  paths?: string[];
}

/**
 * Whether the Opencast core has an event for a recording that was started by hand: `none`: not wanted, or too late;
 * `pending`: the core has not answered yet; `conflict`: it has other events then; `refused`: it would not have it.
 * The recording goes on all the same, and is uploaded as the event where it is `booked`, as one of its own otherwise.
 */
export interface RecordingBooking {
  state: 'none' | 'pending' | 'booked' | 'conflict' | 'refused';
  /** In words: why not, or why not yet; for a booked one why the core does not know its new end. */
  reason?: string;
  /** The events in its way. */
  conflicts?: BookingConflict[];
  /** The core may have taken it: its answer is not known. */
  isSubmitted?: boolean;
  /** An end (epoch ms) that the core did not take: not asked for again. */
  refusedEnd?: number;
}

/** An event at the core; epoch ms. */
export interface BookingConflict {
  id?: string;
  title: string;
  start?: number;
  end?: number;
}

/** Live figures of a running recording, one per camera; never stored. */
export interface RecordingProgress {
  recordingId: string;
  input: string;
  /** Media captured for this recording so far, without pauses that are left out, ms. */
  durationMs: number;
  sizeBytes: number;
  framesPerSecond?: number;
  /** Loudest half second (RMS) of the last second, dBFS; absent without audio. */
  levelDbfs?: number;
  /** False while the camera is away and the supervisor waits for it. */
  isCapturing: boolean;
}

/** `msg.payload` under the topic `record`: inject, MQTT, dashboard to capture-recorder. */
export interface RecordMessage {
  action: 'start' | 'stop' | 'extend' | 'pause' | 'resume';
  /** All but start: which one; default: the running manual recording. */
  id?: string;
  /** start */
  title?: string;
  durationMs?: number;
  inputs?: string[];
  /** start: who speaks. */
  creator?: string;
  description?: string;
  /** start: identifier of an Opencast series. */
  seriesId?: string;
  /** start: whether to book it with the Opencast core; default: where this station is an agent of one. */
  book?: boolean;
  /** extend: by how much, ms; negative shortens. */
  byMs?: number;
}
