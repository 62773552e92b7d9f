import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AuthenticatedRequest } from '../../core/access/access.ts';
import { readAuthorization } from '../../core/access/request-head.ts';
import { isSameOrigin, isStateChanging } from '../../core/access/same-origin.ts';
import { hasRole } from '../../core/access/users.ts';
import type { Caller, Role } from '../../core/bus/command.ts';
import { ReelflowError, toReelflowError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { problemOf, sendProblem, statusOf } from './problem.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One operation of an interface. Paths are written as in OpenAPI; `{name...}` takes the rest of the path. */
export interface Route {
  method: Method;
  path: string;
  /** Least role that may use it. */
  role: Role;
  /** Answers that do not end by themselves have no HEAD. */
  isEndless?: boolean;
  /** Returns what to answer with, or nothing when it has answered itself. */
  handle(call: Call): Promise<Answer | undefined> | Answer | undefined;
}

export interface Call {
  request: IncomingMessage;
  response: ServerResponse;
  /** Decoded. */
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  caller: Caller;
}

export interface Answer {
  status: number;
  /** JSON; absent: no content. */
  body?: unknown;
  headers?: Record<string, string>;
}

/** What Express hands to a mounted handler, and what plain node:http does. */
export type Incoming = IncomingMessage & Partial<AuthenticatedRequest> & { originalUrl?: string };
export type Handler = (request: Incoming, response: ServerResponse) => void;

/**
 * Makes a request handler of routes. It answers every request that it is given: an unknown path with 404, a known path
 * with the wrong method with 405 and Allow, anything thrown with a problem. It never throws and never rejects.
 *
 * `request.url` is matched (Express removes the prefix it is mounted at); `request.caller` must be there.
 */
export function createRouter(routes: readonly Route[], log: Log): Handler {
  const table = routes.map((route) => ({ route, pattern: patternOf(route.path) }));

  function find(method: string, path: string): { route: Route; match: RegExpExecArray } {
    const allowed = new Set<string>();
    for (const { route, pattern } of table) {
      const match = pattern.exec(path);
      if (!match) continue;
      const methods = route.method === 'GET' && !route.isEndless ? ['GET', 'HEAD'] : [route.method];
      if (methods.includes(method)) return { route, match };
      for (const one of methods) allowed.add(one);
    }
    if (allowed.size === 0) throw new ReelflowError('ROUTE_UNKNOWN', 'there is nothing under this address');
    throw new MethodNotAllowed(method, [...allowed].sort().join(', '));
  }

  async function answer(request: Incoming, response: ServerResponse): Promise<void> {
    const caller = request.caller;
    if (!caller) throw new ReelflowError('UNAUTHENTICATED', 'log in first');
    const url = urlOf(request);
    const { route, match } = find(request.method ?? 'GET', url.pathname);
    if (!hasRole(caller.role, route.role)) {
      throw new ReelflowError('FORBIDDEN', `this needs the role ${route.role}; ${caller.user} is ${caller.role}`);
    }
    checkOrigin(request);
    const call: Call = { request, response, params: paramsOf(match), query: url.searchParams, caller };
    const result = await route.handle(call);
    if (result) sendAnswer(response, result);
  }

  return (request, response) => {
    answer(request, response).catch((thrown: unknown) => {
      const error = toReelflowError(thrown);
      const headers: Record<string, string> = {};
      if (thrown instanceof MethodNotAllowed) headers['Allow'] = thrown.allow;
      // The rest of the body would be read to its end otherwise, however long it is.
      if (error.code === 'BODY_TOO_LARGE') headers['Connection'] = 'close';
      const instance = (request.originalUrl ?? request.url ?? '/').split('?')[0];
      if (statusOf(error) === 500) log.error(`${request.method} ${instance} failed: ${traceOf(error)}`);
      sendProblem(response, problemOf(error, instance), headers);
    });
  };
}

/**
 * Refuses what a page of another origin made a browser send with the user's own login (cross-site request forgery).
 * A bearer token is never sent by itself, so whoever has one may use it from anywhere.
 */
function checkOrigin(request: Incoming): void {
  if (!isStateChanging(request) || isSameOrigin(request, false)) return;
  if (readAuthorization(request.headers.authorization)?.scheme === 'bearer') return;
  throw new ReelflowError('CROSS_ORIGIN', 'a page of another origin may not do this; use an API token');
}

function traceOf(error: ReelflowError): string {
  const origin = error.cause instanceof Error ? error.cause : error;
  return origin.stack ?? origin.message;
}

function urlOf(request: Incoming): URL {
  const path = request.url ?? '/';
  // Not resolved against a base: a path that begins with two slashes would be taken for a host.
  if (path.startsWith('/') && URL.canParse(`http://localhost${path}`)) return new URL(`http://localhost${path}`);
  throw new ReelflowError('PATH_INVALID', 'the address is not a path');
}

class MethodNotAllowed extends ReelflowError {
  readonly allow: string;

  constructor(method: string, allow: string) {
    super('METHOD_NOT_ALLOWED', `${method} is not possible here; allowed: ${allow}`);
    this.allow = allow;
  }
}

function patternOf(path: string): RegExp {
  const source = path
    .split(/(\{[^}]+\})/)
    .map((piece) => {
      const name = /^\{(\w+)(\.\.\.)?\}$/.exec(piece);
      if (!name) return piece.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
      return name[2] ? `(?<${name[1]}>.+)` : `(?<${name[1]}>[^/]+?)`;
    })
    .join('');
  return new RegExp(`^${source}/?$`);
}

function paramsOf(match: RegExpExecArray): Record<string, string> {
  const params: Record<string, string> = {};
  for (const [name, text] of Object.entries(match.groups ?? {})) {
    try {
      params[name] = decodeURIComponent(text);
    } catch (cause) {
      throw new ReelflowError('PATH_INVALID', `"${text}" in the address is not valid percent-encoding`, { cause });
    }
  }
  return params;
}

function sendAnswer(response: ServerResponse, answer: Answer): void {
  if (response.destroyed || response.writableEnded) return;
  if (answer.body === undefined) {
    response.writeHead(answer.status, { 'Cache-Control': 'no-store', ...answer.headers }).end();
    return;
  }
  const text = JSON.stringify(answer.body);
  response.writeHead(answer.status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...answer.headers,
  });
  response.end(text);
}
