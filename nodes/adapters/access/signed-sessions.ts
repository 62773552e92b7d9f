import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SessionCookie } from '../../core/access/access.ts';
import { readCookie } from '../../core/access/request-head.ts';
import { readPrivateFile, writePrivateFile } from './private-file.ts';

const LIFETIME_MS = 7 * 24 * 3600_000;
/** Cookies older than this are replaced by a fresh one with the next answer. */
const RENEW_MS = 3600_000;
const ENDED_LIMIT = 10_000;

export interface Session {
  id: string;
  user: string;
  generation: number;
  issuedAt: number;
}

/**
 * Sessions that live in the browser's cookie, signed with a secret of the data folder, so that they outlast a restart
 * and cost no memory. Only the ended ones are kept here, until they would have expired.
 */
export class SignedSessions {
  readonly cookieName: string;
  readonly #secret: string;
  readonly #endedPath: string;
  readonly #now: () => number;
  readonly #ended = new Map<string, number>();

  constructor(options: { secret: string; endedPath: string; now?: () => number }) {
    this.#secret = options.secret;
    this.#endedPath = options.endedPath;
    this.#now = options.now ?? Date.now;
    // Cookies know no ports: two stations on one machine would overwrite each other's without a name of their own.
    this.cookieName = `reelflow_${this.#sign('cookie name')
      .slice(0, 8)
      .replace(/[^A-Za-z0-9]/g, '0')}`;
    for (const [id, expiresAt] of readEnded(this.#endedPath)) this.#ended.set(id, expiresAt);
  }

  open(user: string, generation: number): SessionCookie {
    return this.#cookie({ id: randomBytes(12).toString('base64url'), user, generation, issuedAt: this.#now() });
  }

  read(cookieHeader: string | undefined): Session | undefined {
    const value = readCookie(cookieHeader, this.cookieName);
    if (!value || value.length > 512) return undefined;
    const dot = value.lastIndexOf('.');
    const [payload, signature] = [value.slice(0, dot), Buffer.from(value.slice(dot + 1))];
    const expected = Buffer.from(this.#sign(payload));
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return undefined;
    const [id = '', user = '', generation, issuedAt] = payload.split('.');
    const session = {
      id,
      user: Buffer.from(user, 'base64url').toString(),
      generation: Number(generation),
      issuedAt: Number(issuedAt),
    };
    if (this.#now() - session.issuedAt > LIFETIME_MS || this.#ended.has(id)) return undefined;
    return session;
  }

  renew(session: Session): SessionCookie | undefined {
    const now = this.#now();
    return now - session.issuedAt < RENEW_MS ? undefined : this.#cookie({ ...session, issuedAt: now });
  }

  end(session: Session): void {
    const now = this.#now();
    this.#ended.set(session.id, now + LIFETIME_MS);
    for (const [id, expiresAt] of this.#ended) {
      if (expiresAt < now || this.#ended.size > ENDED_LIMIT) this.#ended.delete(id);
    }
    writePrivateFile(this.#endedPath, JSON.stringify(Object.fromEntries(this.#ended)));
  }

  #cookie({ id, user, generation, issuedAt }: Session): SessionCookie {
    const payload = [id, Buffer.from(user).toString('base64url'), generation, issuedAt].join('.');
    return {
      name: this.cookieName,
      value: `${payload}.${this.#sign(payload)}`,
      maxAgeSeconds: LIFETIME_MS / 1000,
    };
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#secret).update(text).digest('base64url');
  }
}

/** A list that cannot be read is an empty one: it only matters for people who logged out within the last week. */
function readEnded(path: string): [string, number][] {
  try {
    const kept: unknown = JSON.parse(readPrivateFile(path) ?? '{}');
    if (typeof kept !== 'object' || kept === null) return [];
    return Object.entries(kept).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  } catch {
    return [];
  }
}
