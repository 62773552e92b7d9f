import type { CaptureRecord } from './capture.ts';
import type { Recording } from './recording.ts';
import type { RecordingFilter } from './recordings.ts';

/** A capture as the journal keeps it, so that a restarted runtime finds it again. */
export interface StoredCapture {
  record: CaptureRecord;
  /** Set when the tool was seen to have ended. */
  endedAt?: number;
  /** Wall time of media time 0, as last measured. */
  offsetMs?: number;
  /** Media time of its first picture; 0 where it is not known (journals of older versions, a user's own tool). */
  beginsMs?: number;
  /** Media captured when last looked at. */
  mediaMs: number;
  /** Of its file when last looked at; unknown in journals of older versions. */
  sizeBytes?: number;
  /** Recordings cut from it; its folder goes when the last one is finished. */
  recordingIds: string[];
  /** Where in this capture's media time a recording begins and ends. */
  cuts: Record<string, { fromMs?: number; toMs?: number }>;
}

/** Port: the recording journal. Every call is durable (fsync) when it returns. */
export interface RecordingStore {
  save(recording: Recording): void;
  get(id: string): Recording | undefined;
  findByEvent(recorderId: string, eventUid: string): Recording | undefined;
  /** Newest planned start first. */
  list(filter?: RecordingFilter): Recording[];
  remove(id: string): void;
  saveCapture(capture: StoredCapture): void;
  listCaptures(): StoredCapture[];
  removeCapture(id: string): void;
}
