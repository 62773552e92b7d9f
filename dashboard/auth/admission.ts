import type { IncomingMessage } from 'node:http';
import type { AccessControl } from '../../nodes/core/access/access.ts';
import { type Identification, identify } from '../../nodes/core/access/identify.ts';
import { isSameOrigin, isStateChanging } from '../../nodes/core/access/same-origin.ts';
import type { Caller } from '../../nodes/core/bus/command.ts';

export type Admission =
  | { kind: 'in'; caller: Caller; by: 'password' | 'token' | 'session' }
  | { kind: 'foreign' }
  | Exclude<Identification, { kind: 'known' }>;

export type Admit = (request: IncomingMessage) => Promise<Admission>;

/**
 * Decides once per request who it is from, however many guards ask: the server's, Express's and the socket's.
 * A session cookie counts for a change or a WebSocket only when our own page sent it.
 */
export function admitter(access: AccessControl): Admit {
  const decided = new WeakMap<IncomingMessage, Promise<Admission>>();
  return (request) => {
    const known = decided.get(request);
    if (known) return known;
    const admission = decide(access, request);
    decided.set(request, admission);
    return admission;
  };
}

async function decide(access: AccessControl, request: IncomingMessage): Promise<Admission> {
  const answer = await identify(access, request);
  if (answer.kind !== 'known') return answer;
  const isUpgrade = request.headers.upgrade !== undefined;
  if (answer.by === 'session' && (isUpgrade || isStateChanging(request)) && !isSameOrigin(request, true)) {
    return { kind: 'foreign' };
  }
  const via = answer.by === 'session' ? 'dashboard' : 'http';
  return { kind: 'in', caller: { ...answer.identity, via }, by: answer.by };
}
