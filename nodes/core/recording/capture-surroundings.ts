import type { Alarms } from '../alarms/alarms.ts';
import type { Camera } from '../camera/camera.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../time/clock.ts';
import type { CaptureEngine } from './capture.ts';
import type { CaptureJournal } from './capture-journal.ts';
import type { RecordingFolders } from './recording-folders.ts';

/** Why a camera is being captured: one recording that needs it. */
export interface CaptureHold {
  recordingId: string;
  /** Planned start, epoch ms. */
  from: number;
  /** Planned end, epoch ms; for the guard and for tools that want a duration. */
  until: number;
  /** No advance of media time for this long is a stall. */
  stallMs: number;
}

export interface CaptureSurroundings {
  engine: CaptureEngine;
  journal: CaptureJournal;
  folders: RecordingFolders;
  clock: Clock;
  alarms: Alarms;
  log: Log;
  /** The camera as it is declared now; undefined while its node is missing. */
  camera(): Camera | undefined;
  /** Ends a preview that occupies the device. */
  releasePreview(input: string): Promise<void>;
  /** A tool delivered its first frame this long after it was asked for; undefined when an earlier runtime did. */
  onFirstFrame(input: string, delayMs: number | undefined, firstFrameAt: number): void;
  /** Nothing is captured from now on, and why; said once for each interruption. */
  onInterrupted(input: string, reason: string): void;
  /** For tests, which can not wait that long: how long a tool outlives the planned end, and how old it gets. */
  guardBeyondEndMs?: number;
  captureFreshForMs?: number;
  /** A recording waits, because the camera serves one at a time and is taken. */
  onBusy(input: string, recordingId: string): void;
}
