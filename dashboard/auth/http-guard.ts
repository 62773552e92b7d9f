import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccessControl, AuthenticatedRequest } from '../../nodes/core/access/access.ts';
import { header, pathOf, targetOf } from '../../nodes/core/access/request-head.ts';
import type { Caller } from '../../nodes/core/bus/command.ts';
import type { Admission, Admit } from './admission.ts';
import { answerLogin, cookieText } from './login-routes.ts';
import {
  isPageVisit,
  LOGIN_REQUIRED,
  LOGIN_WRONG,
  lockedProblem,
  ORIGIN_FOREIGN,
  redirect,
  refuse,
  tooLargeProblem,
} from './refusal.ts';

/** Larger ones are refused unread. Routes that take less say so themselves. */
const BODY_BYTES = 32 * 2 ** 20;

export type Middleware = (
  request: IncomingMessage & Partial<AuthenticatedRequest>,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** Answers and returns false, or leaves `request.caller` and returns true. */
export type Enter = (
  request: IncomingMessage & Partial<AuthenticatedRequest>,
  response: ServerResponse,
) => Promise<boolean>;

/** Somebody with a link; what it shows is the link's own matter. */
const GUEST: Caller = { user: 'shared link', role: 'viewer', via: 'http' };

/**
 * The door of everything that speaks HTTP here: only /health, /login and /logout open without a login, and /shared, whose
 * addresses have their permission in them: its routes look at it before anything else.
 */
export function httpDoor(access: AccessControl, admit: Admit): Enter {
  const entered = new WeakSet<IncomingMessage>();
  return async (request, response) => {
    if (entered.has(request)) return true;
    setSecurityHeaders(response);
    if (Number(header(request, 'content-length') ?? 0) > BODY_BYTES) {
      refuse(request, response, tooLargeProblem(BODY_BYTES));
      return false;
    }
    if (isHealth(request)) return true;
    if (isShared(request)) {
      request.caller = GUEST;
      entered.add(request);
      return true;
    }
    if (await answerLogin(access, request, response)) return false;
    const admission = await admit(request);
    if (admission.kind !== 'in') {
      turnAway(request, response, admission);
      return false;
    }
    if (pathOf(request) === '/') {
      redirect(request, response, 302, '/dashboard');
      return false;
    }
    if (admission.by === 'session') {
      const fresh = access.renewSession(header(request, 'cookie'));
      if (fresh) response.appendHeader('Set-Cookie', cookieText(request, fresh));
    }
    request.caller = admission.caller;
    entered.add(request);
    return true;
  };
}

/** For `httpNodeAuth` and `dashboard.middleware`. */
export function httpGuard(enter: Enter): Middleware {
  return (request, response, next) => {
    enter(request, response).then((isIn) => {
      if (isIn) next();
    }, next);
  };
}

function isHealth(request: IncomingMessage): boolean {
  return (request.method === 'GET' || request.method === 'HEAD') && pathOf(request) === '/health';
}

/** By what is written: nothing that somebody else would read as another address. */
function isShared(request: IncomingMessage): boolean {
  const isReading = request.method === 'GET' || request.method === 'HEAD';
  const path = pathOf(request);
  return isReading && /^\/shared\/[\w.-]+\/[\w./:%~-]+$/.test(path) && !/\.\.|%2e|%2f|%5c/i.test(path);
}

function turnAway(
  request: IncomingMessage,
  response: ServerResponse,
  admission: Exclude<Admission, { kind: 'in' }>,
): void {
  if (admission.kind === 'locked') {
    response.setHeader('Retry-After', Math.ceil(admission.retryAfterMs / 1000));
    refuse(request, response, lockedProblem(admission.retryAfterMs));
  } else if (admission.kind === 'foreign') {
    refuse(request, response, ORIGIN_FOREIGN);
  } else if (admission.hadCredentials) {
    refuse(request, response, LOGIN_WRONG);
  } else if (isPageVisit(request)) {
    redirect(request, response, 302, `/login?next=${encodeURIComponent(targetOf(request))}`);
  } else {
    refuse(request, response, LOGIN_REQUIRED);
  }
}

function setSecurityHeaders(response: ServerResponse): void {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('X-Frame-Options', 'SAMEORIGIN');
  response.setHeader('Referrer-Policy', 'same-origin');
}
