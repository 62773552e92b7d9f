import { ReelflowError } from '../errors.ts';
import type { Clock } from '../time/clock.ts';
import { readShareToken, type ShareGrant, writeShareToken } from './share-token.ts';

/** Port: the secret that signs links. Made when it is first asked for, and kept. */
export interface ShareSecret {
  read(): string;
  /** Another one: every link that was given out is worthless. */
  renew(): void;
}

const longestMs = 366 * 24 * 3600_000;

/** Links that show a range of a channel to whoever has them, without a login. */
export class Shares {
  readonly #secret: ShareSecret;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(secret: ShareSecret, clock: Pick<Clock, 'now'>) {
    this.#secret = secret;
    this.#clock = clock;
  }

  /** Answers with the link's path. Throws VALIDATION with the field. */
  share(range: Omit<ShareGrant, 'expiresAt'>, expiresInMs: number): { path: string; expiresAt: number } {
    if (range.endMs <= range.startMs) {
      throw new ReelflowError('VALIDATION', 'end: must be after start', { field: 'end' });
    }
    if (!(expiresInMs >= 1000 && expiresInMs <= longestMs)) {
      throw new ReelflowError('VALIDATION', 'expiresInMs: must be a second to 366 days', { field: 'expiresInMs' });
    }
    const grant = {
      channel: range.channel,
      startMs: Math.floor(range.startMs / 1000) * 1000,
      endMs: Math.ceil(range.endMs / 1000) * 1000,
      expiresAt: Math.ceil((this.#clock.now() + expiresInMs) / 1000) * 1000,
    };
    const token = writeShareToken(grant, this.#secret.read());
    return { path: `/shared/${token}/index.m3u8`, expiresAt: grant.expiresAt };
  }

  /** Throws SHARE_INVALID, SHARE_EXPIRED. */
  open(token: string): ShareGrant {
    return readShareToken(token, this.#secret.read(), this.#clock.now());
  }

  revokeAll(): void {
    this.#secret.renew();
  }
}
