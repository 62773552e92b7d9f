import type { Access, Identity } from './access.ts';
import { clientAddress, header, type RequestHead, readAuthorization } from './request-head.ts';
import { isSameOrigin } from './same-origin.ts';

export type Identification =
  | { kind: 'known'; identity: Identity; by: 'password' | 'token' | 'session' }
  | { kind: 'unknown'; hadCredentials: boolean }
  | { kind: 'locked'; retryAfterMs: number };

/** Who a request is from: HTTP Basic, bearer token, else the session cookie. Never rejects. */
export async function identify(
  access: Access & { lockedForMs?(user: string, from: string): number },
  request: RequestHead,
): Promise<Identification> {
  const credentials = readAuthorization(header(request, 'authorization'));
  if (credentials?.scheme === 'bearer') {
    const identity = access.checkToken(credentials.token);
    if (identity) return { kind: 'known', identity, by: 'token' };
  }
  if (credentials?.scheme === 'basic') {
    const from = clientAddress(request);
    const identity = await access.checkPassword(credentials.user, credentials.password, from);
    if (identity) return { kind: 'known', identity, by: 'password' };
  }
  // A browser may send both, and one of them may be a leftover: the one that is right counts.
  const identity = access.checkSession(header(request, 'cookie'));
  if (identity) return { kind: 'known', identity, by: 'session' };
  if (credentials?.scheme === 'basic') {
    const retryAfterMs = access.lockedForMs?.(credentials.user, clientAddress(request)) ?? 0;
    if (retryAfterMs > 0) return { kind: 'locked', retryAfterMs };
  }
  return { kind: 'unknown', hadCredentials: credentials !== undefined };
}

/**
 * For own `server.on('upgrade')` handlers, which no Express middleware guards: who opens this WebSocket, or undefined
 * when nobody we know, or when a session cookie comes from a foreign page.
 */
export async function authenticateUpgrade(access: Access, request: RequestHead): Promise<Identity | undefined> {
  const answer = await identify(access, request);
  if (answer.kind !== 'known') return undefined;
  return answer.by === 'session' && !isSameOrigin(request, true) ? undefined : answer.identity;
}
