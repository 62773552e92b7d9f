import { createHash, randomBytes } from 'node:crypto';
import { ReelflowError } from '../../core/errors.ts';

/** A `WWW-Authenticate: Digest` challenge, RFC 7616. */
export interface DigestChallenge {
  realm: string;
  nonce: string;
  algorithm: string;
  opaque?: string;
  /** `auth`, or undefined where the server only knows RFC 2069. */
  qop?: 'auth';
  isStale: boolean;
}

export interface DigestRequest {
  method: string;
  /** Path with query, as on the request line. */
  uri: string;
  user: string;
  password: string;
  /** How often this nonce was used, this time included. */
  count: number;
}

const hashes: Record<string, string> = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' };

/**
 * The strongest challenge of the headers that we can answer; undefined when there is none.
 *
 * @param headers values of WWW-Authenticate; servers send several schemes in one line or in several
 */
export function readChallenge(headers: readonly string[]): DigestChallenge | undefined {
  const challenges = headers
    .flatMap((header) => header.split(/(?:^|,\s*)(?=Digest\s)/i))
    .filter((part) => /^Digest\s/i.test(part))
    .map(parse)
    .filter((challenge) => challenge !== undefined);
  const strength = ['SHA-512-256', 'SHA-256', 'MD5'];
  const rank = ({ algorithm }: DigestChallenge) => strength.indexOf(algorithm.replace(/-sess$/i, '').toUpperCase());
  return challenges.sort((a, b) => rank(a) - rank(b))[0];
}

/** Value of the Authorization header. */
export function answerChallenge(challenge: DigestChallenge, request: DigestRequest): string {
  const { realm, nonce, algorithm, opaque, qop } = challenge;
  const { method, uri, user, password } = request;
  const name = hashes[algorithm.replace(/-sess$/i, '').toUpperCase()];
  if (!name) throw new ReelflowError('CALENDAR_LOGIN', `the server wants digest algorithm ${algorithm}`);
  const hash = (text: string) => createHash(name).update(text).digest('hex');
  const cnonce = randomBytes(16).toString('hex');
  const count = request.count.toString(16).padStart(8, '0');
  let secret = hash(`${user}:${realm}:${password}`);
  if (/-sess$/i.test(algorithm)) secret = hash(`${secret}:${nonce}:${cnonce}`);
  const target = hash(`${method}:${uri}`);
  const response = hash(
    qop ? `${secret}:${nonce}:${count}:${cnonce}:${qop}:${target}` : `${secret}:${nonce}:${target}`,
  );
  const fields = [
    `username="${quoted(user)}"`,
    `realm="${quoted(realm)}"`,
    `nonce="${quoted(nonce)}"`,
    `uri="${uri}"`,
    `algorithm=${algorithm}`,
    `response="${response}"`,
    ...(qop ? [`qop=${qop}`, `nc=${count}`, `cnonce="${cnonce}"`] : []),
    ...(opaque === undefined ? [] : [`opaque="${quoted(opaque)}"`]),
  ];
  return `Digest ${fields.join(', ')}`;
}

function parse(text: string): DigestChallenge | undefined {
  const fields: Record<string, string> = {};
  for (const match of text.matchAll(/([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g)) {
    fields[(match[1] ?? '').toLowerCase()] = match[3] ?? (match[2] ?? '').replace(/\\(.)/g, '$1');
  }
  const { realm, nonce, opaque, qop, algorithm = 'MD5', stale } = fields;
  if (realm === undefined || nonce === undefined) return undefined;
  if (!hashes[algorithm.replace(/-sess$/i, '').toUpperCase()]) return undefined;
  const modes = qop?.split(/\s*,\s*/) ?? [];
  // auth-int alone would need the body hashed; no calendar server asks for it.
  if (modes.length > 0 && !modes.includes('auth')) return undefined;
  return {
    realm,
    nonce,
    algorithm,
    ...(opaque !== undefined && { opaque }),
    ...(modes.length > 0 && { qop: 'auth' as const }),
    isStale: stale?.toLowerCase() === 'true',
  };
}

function quoted(text: string): string {
  return text.replace(/["\\]/g, '\\$&');
}
