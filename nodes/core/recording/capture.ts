import type { Camera, CaptureProfile, CommandOutput } from '../camera/camera.ts';
import type { CutSpan } from './pause-cut.ts';

/**
 * A capture is one run of a capture tool on one camera. It writes one growing, crash-safe file and outlives the
 * runtime. Recordings are cut out of captures; back-to-back recordings share one.
 *
 * Media time: milliseconds in the captured file's own timeline. Wall time = media time + offset.
 */
export interface CaptureRecord {
  id: string;
  cameraId: string;
  input: string;
  /** Absolute folder with capture.mp4, progress.txt, level.txt, video.txt, preview.jpg, tool.log. */
  directory: string;
  pid: number;
  /** Field 22 of /proc/PID/stat: with the pid it names one process for ever (until reboot; see bootId). */
  processStartTicks: string;
  bootId: string;
  /** SHA-256 of the command line, so that a recycled pid is never taken for ours. */
  commandHash: string;
  spawnedAt: number;
  /** Files of a user's own tool; absent when FFmpeg writes capture.mp4. */
  outputs?: CommandOutput[];
  flavor: string;
  profile: CaptureProfile;
  /** Media time after which the tool ends by itself; unknown in journals of older versions. */
  guardMs?: number;
}

export interface CaptureRequest {
  id: string;
  camera: Camera;
  directory: string;
  /** The tool ends by itself after this long, should its owner never come back. */
  guardMs: number;
  /** For {{time}} and {{name}} of a user's own tool: its duration in seconds and the recording's id. */
  durationMs: number;
  name: string;
}

/** What a look at the side files tells. Cheap: called once a second for each capture. */
export interface CaptureStatus {
  isRunning: boolean;
  /** Wall time of media time 0, from the earliest arrival seen; undefined until the first frame. */
  offsetMs?: number;
  /** Media time of the first picture: a compressed one is kept from its first key frame on, the tool's time runs before. */
  beginsMs?: number;
  /** Length of the file so far in media time. */
  mediaMs: number;
  sizeBytes: number;
  /** Clock.monotonicMs() when media time last advanced. */
  lastAdvanceMonotonicMs?: number;
  framesPerSecond?: number;
  levelDbfs?: number;
  /** Mean luma of the last preview picture, 0..255; near 16 is black. */
  luma?: number;
}

/** How a capture ended; same shape for good and bad ends. */
export interface CaptureExit {
  exitCode: number | null;
  signal: string | null;
  /** Last telling lines of the tool's log, secrets removed. */
  lastLines: string[];
  /** Ours to stop, or did it stop by itself. */
  wasRequested: boolean;
}

export interface CaptureProcess {
  readonly record: CaptureRecord;
  status(): Promise<CaptureStatus>;
  /** Settles when the tool is gone, however it ended; never rejects. */
  readonly exited: Promise<CaptureExit>;
  /**
   * One graceful request (SIGINT), grace (10 s by default), SIGTERM, 5 s, SIGKILL of the group. Twice is once.
   * A tool that stopped delivering gets a short grace: there is nothing left to save.
   */
  stop(options?: { graceMs?: number }): Promise<CaptureExit>;
}

/** Port: starts, finds again and ends capture tools. */
export interface CaptureEngine {
  /** Rejects with CAPTURE_SPAWN_FAILED, TOOL_MISSING, DEVICE_MISSING ... */
  begin(request: CaptureRequest): Promise<CaptureProcess>;
  /** Attaches to a tool that an earlier runtime started; undefined when that process is gone. */
  adopt(record: CaptureRecord): Promise<CaptureProcess | undefined>;
  /** Status of a capture whose process is gone, from the files it left. */
  inspect(record: CaptureRecord): Promise<CaptureStatus>;
}

/** A stretch of a capture, in its media time. `from` undefined: its begin; `to` undefined: its end. */
export interface CapturePiece {
  record: CaptureRecord;
  fromMs?: number;
  toMs?: number;
  /** Wall time of media time 0 in this capture. */
  offsetMs: number;
  /** It stands so much earlier in the finished file than its wall time says: pauses before it are left out. */
  earlierMs?: number;
}

export interface AssembleRequest {
  pieces: CapturePiece[];
  /** Absolute, with the extension of the container. Written beside it first, renamed when complete. */
  outputPath: string;
  container: CaptureProfile['container'];
  /** 0..1 */
  onProgress?: (done: number) => void;
  abort?: AbortSignal;
}

export interface AssembledFile {
  path: string;
  mimeType: string;
  sizeBytes: number;
  durationMs: number;
  /** Wall time of its first and last frame; further apart than it is long when pauses are left out. */
  start: number;
  end: number;
  /** Set when the capture wrote several files of its own: the flavor of this one. */
  flavor?: string;
  /** Wall intervals of the pieces that are in it; between them are the gaps, kept as time in the file. */
  intervals: { captureId: string; start: number; end: number }[];
}

/** Port: makes the finished file. Cuts at key frames outwards: never less than asked. */
export interface Assembler {
  /** Where the cuts of pieces will really lie, at key frames; undefined for one that holds nothing. */
  locate(pieces: readonly CapturePiece[]): Promise<(CutSpan | undefined)[]>;
  /** Several files only when parts do not fit together (codec or size changed): then `-part-2` and so on. */
  assemble(request: AssembleRequest): Promise<AssembledFile[]>;
}
