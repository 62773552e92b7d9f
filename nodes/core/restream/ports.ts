import type { VideoEncoder } from '../camera/camera.ts';
import type { CameraOptions, ListedCamera } from '../camera-list/listed-camera.ts';
import type { ProbeResult } from '../camera-list/probe-result.ts';
import type { ToolEnd } from './failure.ts';
import type { RestreamTarget } from './target.ts';

/** What a restream node is set to; the options of a camera come before it. */
export interface RestreamSettings {
  nodeId: string;
  name: string;
  /** See `targetOf`. */
  target: string;
  mode: 'auto' | 'ffmpeg' | 'pull';
  audio: NonNullable<CameraOptions['audio']>;
  /** What makes H.264 where a camera asks for it. */
  encoder: VideoEncoder;
  /** Nothing came for so long: it is started anew. */
  stallMs: number;
  /** Not live for so long: an alarm. */
  alarmAfterMs: number;
}

/** All that decides how a camera is restreamed. Plain data: equal jobs are the same stream. */
export interface StreamJob {
  path: string;
  camera: ListedCamera;
  target: RestreamTarget;
  audio: RestreamSettings['audio'];
  encoder: VideoEncoder;
}

/** How far a stream is. */
export interface StreamLook {
  /** Changes while media flows; whatever changes in it counts as life. */
  sign: string;
  /** Sent so far. */
  frames?: number;
  /** Sent so far, and when that was known (monotonic ms). */
  bytes?: { total: number; atMs: number };
}

/** A stream that runs: a process of ours, or a path that the media server fetches. */
export interface Stream {
  look(): Promise<StreamLook>;
  /** Settles when it has ended by itself, or by `stop`. Never rejects. */
  readonly ended: Promise<ToolEnd>;
  /** @param isHung nothing comes any more: it will not end by being asked */
  stop(isHung: boolean): Promise<void>;
}

/** Port: makes streams. */
export interface Streamer {
  /** Rejects with TOOL_MISSING, ENCODER_UNAVAILABLE, SOURCE_INVALID, or what the media server answered. */
  begin(job: StreamJob, probe: ProbeResult | undefined): Promise<Stream>;
  /** The stream that an earlier runtime began for this very job. One for another job under the path is ended. */
  adopt(job: StreamJob): Promise<Stream | undefined>;
  /** Ends whatever runs for other paths than these. */
  endOthers(paths: ReadonlySet<string>): Promise<void>;
  /** Its last lines, secrets taken out; newest last. */
  log(path: string): Promise<string[]>;
  /** Removes what is kept of a path. */
  forget(path: string): Promise<void>;
}

/** Port: looks at cameras; bounded and remembered. */
export interface CameraProber {
  /**
   * Never rejects but with an AbortError. Found tracks are remembered by address for a day, a refused login until `forget`
   * or its pause is over.
   */
  probe(camera: ListedCamera, signal: AbortSignal): Promise<ProbeResult>;
  /** What is remembered of it. */
  known(camera: ListedCamera): ProbeResult | undefined;
  /** Takes over what somebody else has found. */
  remember(camera: ListedCamera, probe: ProbeResult): void;
  /** What is remembered turned out wrong. */
  forget(camera: ListedCamera): void;
}

/** Port: small questions that cost neither a process nor a login. */
export interface Knocker {
  /** Something listens there. */
  connects(place: { host: string; port: number }, signal: AbortSignal): Promise<boolean>;
  /** The camera talks as one that has the stream: RTSP DESCRIBE without login is answered by 200 or 401. */
  answers(url: string, signal: AbortSignal): Promise<boolean>;
}

/**
 * Port: who restreams what, where several stations share a list. Each claim lasts for `ttlMs` by the clock of the store and
 * is claimed again long before; what a dead station held is free after that time.
 */
export interface LeaseStore {
  /** Claims or renews; answers with those that are now the owner's. One question for all of them. */
  claim(owner: string, keys: readonly string[], ttlMs: number): Promise<ReadonlySet<string>>;
  release(owner: string, keys: readonly string[]): Promise<void>;
}

/** A camera as it is kept over a restart. */
export interface KeptCamera {
  path: string;
  settings: RestreamSettings;
  camera: ListedCamera;
  /** By a person, over what the list says. */
  paused?: boolean;
  /** False: another station had its lease when it was last asked. */
  isOurs?: boolean;
}

export interface CameraStore {
  cameras(): KeptCamera[];
  saveCamera(camera: KeptCamera): void;
  dropCamera(path: string): void;
}
