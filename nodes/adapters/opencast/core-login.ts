import type { IncomingHttpHeaders } from 'node:http';
import { answerChallenge, type DigestChallenge, readChallenge } from '../calendar/digest.ts';

interface Credentials {
  auth: 'basic' | 'digest';
  user: string;
  password: string;
}

/** The core takes a nonce for 300 s (digest filter of security/mh_default_org.xml); a while less, for slow lines. */
const nonceMs = 240_000;
/** A file is sent once: its nonce must not run out under way. */
const freshMs = 60_000;

/** Answers for one core: basic before being asked, digest from the last challenge of the host, RFC 7616. */
export class CoreLogin {
  readonly #credentials: Credentials;
  readonly #challenges = new Map<string, { challenge: DigestChallenge; count: number; at: number }>();

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  headers(method: string, url: URL): Record<string, string> {
    const { auth, user, password } = this.#credentials;
    if (auth === 'basic') {
      return { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
    }
    // Without it the core sends its login page instead of a challenge (DelegatingAuthenticationEntryPoint).
    const asked = { 'X-Requested-Auth': 'Digest' };
    const known = this.#known(url, nonceMs);
    if (!known) return asked;
    known.count += 1;
    const request = { method, uri: url.pathname + url.search, user, password, count: known.count };
    return { ...asked, Authorization: answerChallenge(known.challenge, request) };
  }

  /** A file sent now would be refused with a new challenge, and have to be sent again. */
  needsChallenge(url: URL): boolean {
    return this.#credentials.auth === 'digest' && !this.#known(url, freshMs);
  }

  /**
   * Takes the challenge of a 401.
   *
   * @param hadAnswered the request carried an answer to the challenge before
   * @returns false: there is none that helps, or it says that user or password are wrong
   */
  learn(url: URL, headers: IncomingHttpHeaders, hadAnswered: boolean): boolean {
    if (this.#credentials.auth !== 'digest') return false;
    // Node joins several of these headers with a comma; readChallenge takes them apart again.
    const header = headers['www-authenticate'];
    const challenge = readChallenge(header === undefined ? [] : [header]);
    const old = this.#challenges.get(url.host);
    this.#challenges.delete(url.host);
    if (!challenge) return false;
    // A used-up nonce is answered with another one; not every server says `stale` with it.
    const isAge = challenge.isStale || (old !== undefined && old.count > 1);
    if (hadAnswered && !isAge) return false;
    this.#challenges.set(url.host, { challenge, count: 0, at: performance.now() });
    return true;
  }

  forget({ host }: URL): void {
    this.#challenges.delete(host);
  }

  #known(url: URL, maxAgeMs: number) {
    const known = this.#challenges.get(url.host);
    return known && performance.now() - known.at < maxAgeMs ? known : undefined;
  }
}
