import type { RestreamReason } from '../restream/restream.ts';

/** Something in the network that says of itself that it is a camera (or an encoder, or a recorder). */
export interface FoundDevice {
  /** Its own name for itself, `urn:uuid:...`; the same each time. */
  id: string;
  name: string;
  /** Model, as it calls it. */
  hardware?: string;
  /** Where it answers questions, at the host that it was heard from: `http://10.0.0.7/onvif/device_service`. */
  address: string;
}

/** One of the streams that a device offers. */
export interface StreamProfile {
  token: string;
  name: string;
  /** As the device says it: `H264`, `H265`, `JPEG`. */
  codec?: string;
  width?: number;
  height?: number;
  framesPerSecond?: number;
  kilobitsPerSecond?: number;
  audioCodec?: string;
  /** Without user and password, always at the host that was asked. */
  url: string;
  snapshotUrl?: string;
}

export interface DeviceQuestion {
  /** `http(s)://host[:port]/path`. */
  address: string;
  user?: string;
  password?: string;
}

export type DeviceAnswer =
  | { ok: true; manufacturer?: string; model?: string; profiles: StreamProfile[] }
  | ({ ok: false } & Pick<RestreamReason, 'message'> & { reason: RestreamReason['class'] });

/** Port: cameras that nobody has entered yet. */
export interface CameraFinder {
  /** Asks around for some seconds. Rejects with SEARCH_FAILED. Who asks while a search runs gets its result. */
  search(): Promise<FoundDevice[]>;
  /** What a device offers. Rejects with TOO_MANY_SEARCHES. */
  ask(question: DeviceQuestion, signal: AbortSignal): Promise<DeviceAnswer>;
}
