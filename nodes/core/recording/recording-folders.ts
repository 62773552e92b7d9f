import type { CaptureRecord } from './capture.ts';
import type { Recording } from './recording.ts';

/** Port: where recordings and captures lie on disk. All paths are absolute and inside the data root. */
export interface RecordingFolders {
  recordingDirectory(recordingId: string): string;
  captureDirectory(captureId: string): string;
  /** Keeps a capture's tool log with the recording; the capture's own folder goes later. */
  keepLog(record: CaptureRecord, recording: Recording): Promise<void>;
  /** Tail of the logs: of captures that still lie there, and of kept ones. Secrets removed. */
  readLog(recording: Recording, captures: CaptureRecord[]): Promise<string[]>;
  /**
   * Ends the tools of earlier runtimes that work in capture folders other than the given ones (capture ids): one that
   * was spawned just before a crash, one that was given up and hung. They would keep the camera.
   */
  endStrayTools(adopted: ReadonlySet<string>): Promise<void>;
  removeCapture(record: CaptureRecord): Promise<void>;
  removeRecording(recording: Recording): Promise<void>;
  /** Bytes a recording's own folder takes. */
  size(recording: Recording): Promise<number>;
}
