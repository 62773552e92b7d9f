import type { ListedCamera } from '../camera-list/listed-camera.ts';
import type { Log } from '../log.ts';
import type { Clock, Dispose } from '../time/clock.ts';
import type { InstantLoop } from '../time/instant-loop.ts';
import type { CameraProber, RestreamSettings, Streamer } from './ports.ts';
import type { RestreamState } from './restream.ts';
import type { MediaServerPlace } from './target.ts';
import type { TargetGate } from './target-gate.ts';

/** A camera's part of the leases. */
export interface HeldLease {
  readonly isOurs: boolean;
  /** The store has answered, or is away. */
  readonly isKnown: boolean;
  release(): Promise<void>;
}

/** What one supervisor works with. */
export interface SupervisorSurroundings {
  path: string;
  camera: ListedCamera;
  settings: RestreamSettings;
  mediaServer: MediaServerPlace;
  streamer: Streamer;
  prober: CameraProber;
  gate: TargetGate;
  clock: Clock;
  loop: Pick<InstantLoop, 'after'>;
  log: Log;
  /** Settles when one more may start; the answer gives the place back. */
  starts(signal: AbortSignal): Promise<Dispose>;
  knock(url: string, signal: AbortSignal): Promise<boolean>;
  /** Wants its lease; `changed` when it is ours, or no longer. */
  lease(changed: () => void): HeldLease;
  /** From 0 to 1. */
  chance(): number;
  /** The state has changed from this one. */
  changed(before: RestreamState): void;
}
