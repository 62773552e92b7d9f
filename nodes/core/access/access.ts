import type { Caller, Role } from '../bus/command.ts';
import type { Dispose } from '../time/clock.ts';
import type { AuditEntry } from './audit.ts';
import type { TokenStore, UserStore } from './users.ts';

export interface Identity {
  user: string;
  role: Role;
}

/** Who may come in: one door for editor, dashboard, API, MQTT. Created in settings.ts, found at RED.settings.reelflow.access. */
export interface Access {
  /**
   * Undefined: wrong, or locked out for too many failures. An unknown user takes as long as a wrong password.
   * `from` is the network address the attempt comes from.
   */
  checkPassword(user: string, password: string, from: string): Promise<Identity | undefined>;
  /** API token of a program. */
  checkToken(token: string): Identity | undefined;
  /** The Cookie header of a browser. */
  checkSession(cookieHeader: string | undefined): Identity | undefined;
}

/** All of it: what the login page and the user administration need beyond the checks. */
export interface AccessControl extends Access {
  /** How long attempts for this user from this address are refused unseen; 0 when they are not. */
  lockedForMs(user: string, from: string): number;
  /** Begins a browser's session. */
  openSession(identity: Identity): SessionCookie;
  /** A fresh cookie once the present one has aged (the seven days slide); undefined when it is young or not valid. */
  renewSession(cookieHeader: string | undefined): SessionCookie | undefined;
  /** Logout: the cookie is worth nothing from now on, also over restarts. */
  closeSession(cookieHeader: string | undefined): void;
  readonly sessionCookieName: string;
  readonly users: UserStore;
  readonly tokens: TokenStore;
  /** Told of logins, failed logins and logouts, for the audit log. */
  watch(listener: (entry: AuditEntry) => void): Dispose;
}

export interface SessionCookie {
  name: string;
  value: string;
  maxAgeSeconds: number;
}

/** What httpNodeAuth leaves on an Express request: `request.caller`. */
export interface AuthenticatedRequest {
  caller: Caller;
}
