import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { AccessControl, Identity } from '../../nodes/core/access/access.ts';
import { header } from '../../nodes/core/access/request-head.ts';
import type { Enter, Middleware } from './http-guard.ts';
import { adminsOnlyPage } from './login-page.ts';
import { ADMIN_REQUIRED, answerPage, isPageVisit, refuse } from './refusal.ts';

/** What Node-RED's `adminAuth` takes from us; see editor-api/lib/auth/users.js. */
export interface AdminAuth {
  tokenHeader: 'cookie';
  tokens(cookieHeader: string): Promise<{ username: string; permissions: '*' } | null>;
}

/**
 * Node-RED asks for its own login at its admin interface and its editor's WebSocket. `adminAuth` makes it take our
 * session cookie there. A program that came by HTTP Basic or token has no cookie, so it gets one for the length of its
 * request; that one never leaves this process.
 */
export class AdminPasses {
  readonly #access: AccessControl;
  readonly #passes = new Map<string, Identity>();

  constructor(access: AccessControl) {
    this.#access = access;
  }

  readonly adminAuth: AdminAuth = {
    tokenHeader: 'cookie',
    tokens: async (cookieHeader) => {
      const identity = this.#passes.get(cookieHeader) ?? this.#access.checkSession(cookieHeader);
      return identity?.role === 'admin' ? { username: identity.user, permissions: '*' } : null;
    },
  };

  /** Replaces the request's credentials by a pass; the function returned takes the pass back. */
  lend(request: IncomingMessage, identity: Identity): () => void {
    const pass = `pass=${randomBytes(24).toString('base64url')}`;
    this.#passes.set(pass, identity);
    request.headers.cookie = pass;
    delete request.headers.authorization;
    return () => this.#passes.delete(pass);
  }
}

/**
 * For `httpAdminMiddleware`: the editor with all it consists of is for administrators; the files of dashboard widgets,
 * which live under /admin/resources, are for everybody who is logged in.
 */
export function adminGuard(access: AccessControl, enter: Enter, passes: AdminPasses): Middleware {
  return (request, response, next) => {
    enter(request, response).then((isIn) => {
      const { caller } = request;
      if (!isIn || !caller) return;
      // Below /admin, where this is mounted.
      const path = request.url?.split('?', 1)[0] ?? '/';
      const isReading = request.method === 'GET' || request.method === 'HEAD';
      if (caller.role !== 'admin' && !(isReading && path.startsWith('/resources/'))) {
        if (isPageVisit(request)) answerPage(request, response, 403, adminsOnlyPage(caller.user, caller.role));
        else refuse(request, response, ADMIN_REQUIRED);
        return;
      }
      if (path === '/auth/revoke' && request.method === 'POST') {
        // The editor's own "Log out"; Node-RED knows nothing of our session. The answer makes the editor go there.
        access.closeSession(header(request, 'cookie'));
        response.setHeader('Content-Type', 'application/json');
        response.end(JSON.stringify({ redirect: '/logout' }));
        return;
      }
      if (caller.via !== 'dashboard') response.once('close', passes.lend(request, caller));
      next();
    }, next);
  };
}
