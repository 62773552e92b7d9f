import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Span } from '../archive/chunk.ts';
import { ReelflowError } from '../errors.ts';

/** What the holder of a link may see: this range of this channel, until then. Epoch ms, whole seconds. */
export interface ShareGrant extends Span {
  channel: string;
  expiresAt: number;
}

const version = 's1';
const longestToken = 1024;

/**
 * A grant as text that fits into an address: what is granted can be read by everybody, and by nobody be changed. Signed by
 * HMAC with SHA-256 (RFC 2104).
 */
export function writeShareToken({ channel, startMs, endMs, expiresAt }: ShareGrant, secret: string): string {
  const seconds = [startMs, endMs, expiresAt].map((ms) => Math.round(ms / 1000));
  const payload = Buffer.from(JSON.stringify([channel, ...seconds])).toString('base64url');
  return `${version}.${payload}.${sign(payload, secret)}`;
}

/**
 * Reads a token, whose signature is compared in constant time before anything else is looked at.
 *
 * Throws SHARE_INVALID, SHARE_EXPIRED.
 */
export function readShareToken(token: string, secret: string, now: number): ShareGrant {
  const [head, payload = '', signature = '', ...more] = token.length <= longestToken ? token.split('.') : [];
  const expected = Buffer.from(sign(payload, secret));
  const given = Buffer.from(signature);
  const isOurs = given.length === expected.length && timingSafeEqual(given, expected);
  if (!isOurs || head !== version || more.length > 0) {
    throw new ReelflowError('SHARE_INVALID', 'this link is not valid, or not any more');
  }
  const [channel, start, end, expires] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as [
    ...[string, number, number, number],
  ];
  const grant = { channel, startMs: start * 1000, endMs: end * 1000, expiresAt: expires * 1000 };
  if (grant.expiresAt > now) return grant;
  throw new ReelflowError('SHARE_EXPIRED', 'the time of this link is over');
}

function sign(payload: string, secret: string): string {
  return createHmac('sha256', secret).update(`share.${version}.${payload}`).digest('base64url');
}
