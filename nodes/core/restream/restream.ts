import type { Previews } from '../camera/previews.ts';
import type { CameraFinder } from '../camera-list/camera-finder.ts';
import type { CameraMessage } from '../camera-list/camera-message.ts';
import type { CameraSnapshots } from '../camera-list/camera-snapshot.ts';
import type { ListedCamera } from '../camera-list/listed-camera.ts';
import type { ProbeResult } from '../camera-list/probe-result.ts';
import type { Dispose } from '../time/clock.ts';
import type { LoopPiece } from './loop-retention.ts';
import type { CameraProber, RestreamSettings } from './ports.ts';

/** Design section 4. `stopped`: nothing is wanted (paused), or another station has the camera. */
export const restreamStates = ['probing', 'unreachable', 'starting', 'live', 'stalled', 'stopped'] as const;
export type RestreamState = (typeof restreamStates)[number];

/** Why a camera is not live, for programs. docs/restream.md says what each means and what to do. */
export const reasonClasses = [
  /** Nobody listens at the camera's address. */
  'refused',
  /** The host is unknown or can not be reached. */
  'no-host',
  /** It answers, but has no stream under this path. */
  'not-found',
  /** User or password is wrong, or the camera has had too many logins. */
  'unauthorised',
  /** It does not answer in time. */
  'timeout',
  /** It delivers, but no picture. */
  'no-video',
  /** What it delivers can not be sent on as it is asked for. */
  'codec',
  /** Connected, but nothing comes any more. */
  'frozen',
  /** The camera ended the connection. */
  'ended',
  /** The media server does not answer. */
  'media-server-away',
  /** The media server refuses the publisher: login, or what it does not take. */
  'media-server-refused',
  /** Somebody else publishes under this path. */
  'path-taken',
  /** The media server dropped the publisher. */
  'dropped',
  /** The tool was ended from outside. */
  'killed',
  /** Another station that shares the list has it. */
  'elsewhere',
  'paused',
  /** FFmpeg is not there, or an encoder. */
  'tool',
  /** An address or a setting that can not be used. */
  'invalid',
  'unknown',
] as const;
export type ReasonClass = (typeof reasonClasses)[number];

export interface RestreamReason {
  class: ReasonClass;
  /** A sentence, without secrets. */
  message: string;
}

/** From when to when a camera that was wanted was not live; without `end` it still is not. Epoch ms. */
export interface Outage extends RestreamReason {
  start: number;
  end?: number;
}

/** How a camera reaches its viewers. */
export type RestreamMode =
  /** A process of ours sends it to the target. */
  | 'push'
  /** The media server fetches it. */
  | 'pull'
  /** A process of ours writes HLS that this station serves itself. */
  | 'embedded';

export interface RestreamFigures {
  /** Of what is sent on. Absent while it is not known. */
  kilobitsPerSecond?: number;
  framesPerSecond?: number;
  /** Restarts of the last hour after it had been live. */
  reconnectsPerHour: number;
  /** Of these, because nothing came any more. */
  stallsPerHour: number;
  /** Since it became live. */
  uptimeMs?: number;
}

/** One camera as others see it: no address with a login in it. */
export interface RestreamView {
  /** `pathOf(name)`: its name in addresses and topics, unique in a station. */
  camera: string;
  /** Of the list that it comes from. */
  id: string;
  name: string;
  /** The restream node that has it. */
  nodeId: string;
  state: RestreamState;
  /** Epoch ms. */
  since: number;
  /** Always there in `unreachable`, `stalled` and `stopped`; while `probing` and `starting` the last one. */
  reason?: RestreamReason;
  /** In `unreachable`: when it is tried again at the latest. Epoch ms. */
  nextTryAt?: number;
  mode?: RestreamMode;
  /** Where it is sent, without login. Absent for `embedded`. */
  target?: string;
  isPaused: boolean;
  figures: RestreamFigures;
  probe?: ProbeResult;
  /** Of the last 24 h, oldest first. */
  outages: readonly Outage[];
}

/** What changed; published on the bus and given out by the node. */
export interface RestreamChange {
  view: RestreamView;
  /** Undefined: the camera is new. */
  before: RestreamState | undefined;
}

/** What the station offers to nodes, API and dashboard. */
export interface Restreams {
  list(): RestreamView[];
  get(camera: string): RestreamView | undefined;
  /** The last lines of its tool, without secrets; newest last. Throws CAMERA_UNKNOWN. */
  log(camera: string): Promise<string[]>;
  /** Tries again at once, whatever it waits for; a live one is started anew. Throws CAMERA_UNKNOWN. */
  restart(camera: string): void;
  /** Ends it until `resume`. Stays over a restart of the station. Throws CAMERA_UNKNOWN. */
  pause(camera: string): void;
  resume(camera: string): void;
  onChange(listener: (change: RestreamChange) => void): Dispose;
  onRemove(listener: (camera: string, nodeId: string) => void): Dispose;
  /** A restream node is there. Its cameras stay when it is redeployed, and go with it when it was removed. */
  attach(settings: RestreamSettings): RestreamPlace;
  /**
   * Where programs on this machine read a restreamed camera, with the login that may be in it; undefined when it is only
   * served as HLS by this station. Throws CAMERA_UNKNOWN.
   */
  addressOf(camera: string): string | undefined;
  /** Its path, where this very camera (of the same list, at the same address) is live. */
  livePath(camera: ListedCamera): string | undefined;
}

export interface RestreamPlace {
  /** Throws CAMERA_NAME_TAKEN. */
  take(message: CameraMessage): void;
  /** While the station stops it settles when all streams have ended: Node-RED waits for its nodes, and for nothing else. */
  detach(isRemoved: boolean): Promise<void>;
}

/** Port: the HLS of restreamed cameras as files on this machine. */
export interface LiveFiles {
  /**
   * Path of a file of the HLS of a camera; made while somebody asks where the camera is not sent as HLS anyway. Rejects with
   * CAMERA_UNKNOWN, FILE_UNKNOWN or LIVE_UNAVAILABLE.
   */
  find(camera: string, file: string): Promise<string>;
}

/** Port: what cameras have recorded round the clock. */
export interface LoopFiles {
  /** Oldest first; the last is being written. */
  list(camera: string): Promise<LoopPiece[]>;
  /** Path of a piece. Rejects with FILE_UNKNOWN. */
  find(camera: string, name: string): Promise<string>;
}

/** All that a station has for restreams. */
export interface RestreamParts {
  cameras: Restreams;
  probes: CameraProber;
  snapshots: CameraSnapshots;
  /** Cameras of the network that nobody has entered yet. */
  finder: CameraFinder;
  /** Pictures of restreamed cameras, read from where they are sent to. */
  pictures: Previews;
  live: LiveFiles;
  loops: LoopFiles;
}
