import type { ServiceType } from './opencast-core.ts';

/** How one Opencast core is reached: the settings of a capture-opencast node. Times in ms. */
export interface CoreSettings {
  url: string;
  user: string;
  password: string;
  /** Digest: users of the core's own list only (opencast_system_account, a capture agent user). */
  auth: 'basic' | 'digest';
  /** Absolute path of certificates in PEM form that are trusted besides those of the system. */
  caFile?: string;
  /** Takes any certificate. */
  isInsecure: boolean;
  /** Sends session cookies back: load balancers keep an agent on one node by them. */
  keepsCookies: boolean;
  isBackup: boolean;
  /** Base URLs that are used instead of asking the core. */
  overrides: Partial<Record<ServiceType, string>>;
  connectTimeoutMs: number;
  /** For one request with its answer; not for the upload of a file. */
  timeoutMs: number;
  /** An upload that does not move for this long is given up. */
  stallMs: number;
}
