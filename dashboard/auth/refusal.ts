import type { IncomingMessage, ServerResponse } from 'node:http';
import { header } from '../../nodes/core/access/request-head.ts';

/** RFC 9457, with the stable code of Reelflow beside it. */
export interface Problem {
  status: number;
  code: string;
  title: string;
  detail: string;
}

export const LOGIN_REQUIRED: Problem = {
  status: 401,
  code: 'LOGIN_REQUIRED',
  title: 'Login required',
  detail: 'Log in at /login, or send HTTP Basic credentials or a bearer token.',
};

export const LOGIN_WRONG: Problem = {
  status: 401,
  code: 'LOGIN_WRONG',
  title: 'Login wrong',
  detail: 'The user name, password or token is not right.',
};

export const ORIGIN_FOREIGN: Problem = {
  status: 403,
  code: 'ORIGIN_FOREIGN',
  title: 'Not from this site',
  detail: 'A change by session cookie must come from a page of this server. Programs use HTTP Basic or a bearer token.',
};

export const ADMIN_REQUIRED: Problem = {
  status: 403,
  code: 'ADMIN_REQUIRED',
  title: 'For administrators',
  detail: 'The flow editor and its interface are for users with the role admin.',
};

export function lockedProblem(retryAfterMs: number): Problem {
  const seconds = Math.ceil(retryAfterMs / 1000);
  return {
    status: 429,
    code: 'LOGIN_LOCKED',
    title: 'Too many wrong logins',
    detail: `Too many wrong logins from this address. Wait ${seconds} s and try again.`,
  };
}

export function tooLargeProblem(limitBytes: number): Problem {
  return {
    status: 413,
    code: 'BODY_TOO_LARGE',
    title: 'Request too large',
    detail: `A request body may have at most ${limitBytes} bytes.`,
  };
}

export function isPageVisit(request: IncomingMessage): boolean {
  const isReading = request.method === 'GET' || request.method === 'HEAD';
  const destination = header(request, 'sec-fetch-dest');
  if (destination !== undefined && destination !== 'document' && destination !== 'iframe') return false;
  return isReading && /\btext\/html\b/i.test(header(request, 'accept') ?? '');
}

/**
 * Sends a problem. A browser's script or picture gets no Basic challenge: the browser would put up its own password
 * dialogue over our page. RFC 9110 wants some challenge with every 401, so it gets the one browsers ignore.
 */
export function refuse(request: IncomingMessage, response: ServerResponse, problem: Problem): void {
  if (problem.status === 401) {
    const bearer = 'Bearer realm="Reelflow"';
    const basic = 'Basic realm="Reelflow", charset="UTF-8"';
    response.setHeader('WWW-Authenticate', isBrowser(request) ? bearer : [basic, bearer]);
  }
  answer(
    request,
    response,
    problem.status,
    'application/problem+json',
    JSON.stringify({ type: 'about:blank', ...problem }),
  );
}

export function answerPage(request: IncomingMessage, response: ServerResponse, status: number, html: string): void {
  response.setHeader(
    'Content-Security-Policy',
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  );
  answer(request, response, status, 'text/html; charset=utf-8', html);
}

export function redirect(request: IncomingMessage, response: ServerResponse, status: 302 | 303, to: string): void {
  response.setHeader('Location', to);
  answer(request, response, status, 'text/plain; charset=utf-8', `See ${to}\n`);
}

function answer(request: IncomingMessage, response: ServerResponse, status: number, type: string, body: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.setHeader('Cache-Control', 'no-store');
  // A body that nobody will read must not keep the connection busy.
  if (!request.complete) response.setHeader('Connection', 'close');
  response.end(request.method === 'HEAD' ? undefined : body);
}

function isBrowser(request: IncomingMessage): boolean {
  const { headers } = request;
  return (
    headers['sec-fetch-site'] !== undefined ||
    headers['x-requested-with'] !== undefined ||
    headers.origin !== undefined ||
    headers['user-agent']?.startsWith('Mozilla/') === true
  );
}
