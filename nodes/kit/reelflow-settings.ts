import type { Server } from 'node:http';
import type { AccessControl } from '../core/access/access.ts';
import type { Environment } from '../core/environment.ts';

/** What settings.ts hands to the plugins and nodes: `RED.settings.reelflow`. */
export interface ReelflowSettings {
  environment: Environment;
  access: AccessControl;
  /** Folder of package.json, whether running from source or from dist/. */
  packageRoot: string;
  /** Of the package. */
  version: string;
  guard: ServerGuard;
  /** Prints where to go and, the first time only, the password made; `port` is the one really taken. */
  welcome(port: number): Promise<void>;
}

export interface ServerGuard {
  /**
   * Puts the login before everything this server answers, requests and upgrades, whoever attached the handler and
   * whenever. Only plugin-access calls it.
   */
  protect(server: Server): void;
}
