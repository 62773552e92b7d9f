import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccessControl, SessionCookie } from '../../nodes/core/access/access.ts';
import { clientAddress, header, pathOf, targetOf } from '../../nodes/core/access/request-head.ts';
import { isSameOrigin } from '../../nodes/core/access/same-origin.ts';
import { loginPage } from './login-page.ts';
import { answerPage, ORIGIN_FOREIGN, redirect, refuse, tooLargeProblem } from './refusal.ts';

const FORM_BYTES = 8192;
const HOME = '/dashboard';

/** GET and POST of /login and /logout, the only pages that need no login. True when the request was one of them. */
export async function answerLogin(
  access: AccessControl,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const path = pathOf(request);
  if (path !== '/login' && path !== '/logout') return false;
  const isPost = request.method === 'POST';
  if (!isPost && request.method !== 'GET' && request.method !== 'HEAD') return false;
  if (!isSameOrigin(request, false)) {
    // A link from another site may open the login page; nothing but our own page may log somebody in or out.
    if (isPost || path === '/logout') refuse(request, response, ORIGIN_FOREIGN);
    else answerPage(request, response, 200, loginPage({ next: nextOf(queryOf(request)) }));
    return true;
  }
  if (path === '/logout') {
    access.closeSession(header(request, 'cookie'));
    response.setHeader(
      'Set-Cookie',
      cookieText(request, { name: access.sessionCookieName, value: '', maxAgeSeconds: 0 }),
    );
    redirect(request, response, 303, '/login');
  } else if (isPost) {
    await logIn(access, request, response);
  } else {
    answerPage(request, response, 200, loginPage({ next: nextOf(queryOf(request)) }));
  }
  return true;
}

/** `Secure` where the browser came by https, also through a proxy. */
export function cookieText(request: IncomingMessage, cookie: SessionCookie): string {
  const isHttps = 'encrypted' in request.socket || header(request, 'x-forwarded-proto') === 'https';
  const secure = isHttps ? '; Secure' : '';
  return `${cookie.name}=${cookie.value}; Path=/; Max-Age=${cookie.maxAgeSeconds}; HttpOnly; SameSite=Strict${secure}`;
}

/** Only a path of this server: not //elsewhere, not /\elsewhere, not with line breaks. */
export function nextOf(query: URLSearchParams): string {
  const next = query.get('next') ?? HOME;
  if (!/^\/(?![/\\])[^\\\p{Cc}]*$/u.test(next) || next.length > 1024) return HOME;
  const { pathname } = new URL(next, 'http://here');
  return pathname.startsWith('//') || /^\/log(in|out)$/.test(pathname) ? HOME : next;
}

async function logIn(access: AccessControl, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const text = await readForm(request);
  if (text === undefined) {
    refuse(request, response, tooLargeProblem(FORM_BYTES));
    return;
  }
  const form = new URLSearchParams(text);
  const user = (form.get('user') ?? '').trim();
  const next = nextOf(form);
  const from = clientAddress(request);
  const lockedMs = access.lockedForMs(user, from);
  const identity = lockedMs > 0 ? undefined : await access.checkPassword(user, form.get('password') ?? '', from);
  if (identity) {
    response.setHeader('Set-Cookie', cookieText(request, access.openSession(identity)));
    redirect(request, response, 303, next);
    return;
  }
  const waitMs = access.lockedForMs(user, from);
  if (waitMs > 0) response.setHeader('Retry-After', Math.ceil(waitMs / 1000));
  const message =
    waitMs > 0
      ? `Too many wrong logins from here. Please wait ${inWords(waitMs)} and try again.`
      : 'This user name and password do not belong together. Please try again.';
  answerPage(request, response, lockedMs > 0 ? 429 : 401, loginPage({ next, user: user.slice(0, 64), message }));
}

function inWords(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 90) return `${seconds} second${seconds === 1 ? '' : 's'}`;
  return `${Math.ceil(seconds / 60)} minutes`;
}

const queryOf = (request: IncomingMessage): URLSearchParams => new URL(targetOf(request), 'http://here').searchParams;

/** Undefined when it is larger than a login form can be. */
async function readForm(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > FORM_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
