import type { S3Place } from '../s3/s3-place.ts';
import type { TrackKind } from './track.ts';

/**
 * How a channel's source is read. `auto` looks at the address and at what answers: `hls` a playlist (RFC 8216), `usp` a
 * Unified Streaming publishing point (`.isml`) with its `/archive`, `dash` an MPEG-DASH manifest, `stream` anything else that FFmpeg reads
 * (RTSP, RTMP, SRT, UDP), cut into segments here.
 */
export const sourceKinds = ['auto', 'hls', 'usp', 'dash', 'stream'] as const;
export type SourceKind = (typeof sourceKinds)[number];

/** The store that needs no settings: `archive` in the data folder. */
export const folderStoreId = 'folder';

/** The store that the REELFLOW_S3_* variables name. */
export const environmentStoreId = 'environment';

/** A live channel whose programme is kept, in chunks of equal length on UTC boundaries. */
export interface Channel {
  /** Also the first part of its objects' keys: 1 to 64 letters, digits, dots, hyphens, underscores. */
  name: string;
  /** Where the programme comes from; a second address is a redundant source that fills what the first has not. May hold a password. */
  sourceUrls: string[];
  sourceKind: SourceKind;
  chunkMs: number;
  /** Chunks that ended longer ago are removed, unless a lock keeps them. */
  retentionMs: number;
  /** The oldest chunks beyond this size are removed, unless a lock keeps them; absent: no limit. */
  retentionBytes?: number;
  /** `folder`, or the id of a StoreSettings. */
  storeId: string;
  /** What each chunk must have to count as whole; empty: what the channel had in its last whole chunk. */
  requiredKinds: TrackKind[];
  /** Its HLS is encrypted (AES-128) while it is sent; what is stored is not. Absent: no. */
  isHlsEncrypted?: boolean;
  /** A channel that is not enabled keeps its archive and captures nothing. */
  isEnabled: boolean;
  /** Epoch ms. What lies before is not expected to be there. */
  createdAt: number;
  updatedAt: number;
}

/** An object store. Channels refer to it by id, so that no job and no message carries its keys. */
export interface StoreSettings extends S3Place {
  id: string;
}

/** Port: the channels and their stores. Rejects with DATABASE_UNAVAILABLE. */
export interface ChannelStore {
  list(): Promise<Channel[]>;
  get(name: string): Promise<Channel | undefined>;
  /** Makes or replaces. */
  put(channel: Channel): Promise<void>;
  /** The channel alone: its chunks stay in the index and in the store. */
  remove(name: string): Promise<void>;
  getStore(id: string): Promise<StoreSettings | undefined>;
  putStore(settings: StoreSettings): Promise<void>;
  removeStore(id: string): Promise<void>;
}
