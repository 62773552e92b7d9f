import { ReelflowError } from '../../core/errors.ts';
import { OpencastStatusError } from '../../core/opencast/opencast-error.ts';
import type { Answer } from './exchange.ts';

const shownBytes = 2000;

/** What an answer says of the login; undefined: nothing wrong with it. */
export function loginError({ host }: URL, { status, headers }: Answer, auth: string): ReelflowError | undefined {
  const refused = (why: string) => new ReelflowError('OPENCAST_LOGIN', `${host}: ${why}`, { isRetryable: true });
  if (status === 401) {
    return refused(`the login was refused (HTTP 401, ${auth}): check user, password and the kind of login`);
  }
  if (status === 403) return refused('this user may not do that (HTTP 403): it needs the role ROLE_CAPTURE_AGENT');
  if (status >= 300 && status < 400 && status !== 304 && /\/login(\.html)?([?#;].*)?$/i.test(headers.location ?? '')) {
    return refused(
      `the login was refused (${auth}; sent to the login page): check user, password and the kind of login`,
    );
  }
  return undefined;
}

/** For a status that was not expected. */
export function statusError(url: URL, { status, headers, body }: Answer): ReelflowError {
  const text = body.subarray(0, shownBytes).toString('utf8').trim();
  const where = `${url.host}${url.pathname}`;
  if (status >= 300 && status < 400 && headers.location !== undefined) {
    const message = `${where} redirects to ${headers.location}; give the core's final address`;
    return new OpencastStatusError(message, status, text);
  }
  const words = isPage(text) ? '' : text.replace(/\s+/g, ' ').slice(0, 200);
  return new OpencastStatusError(`${where} answered with HTTP ${status}${words && `: ${words}`}`, status, text);
}

/** For a 403 to something that a capture agent's user need not be allowed. */
export function forbiddenError({ host }: URL, what: string): ReelflowError {
  return new ReelflowError('OPENCAST_FORBIDDEN', `${host}: this user may not ${what} (HTTP 403)`);
}

/** A web page where none was asked for: a captive portal, a proxy's error, a login page. */
export function answerError({ host }: URL, what: string): ReelflowError {
  return new ReelflowError('OPENCAST_ANSWER', `${host}: ${what}`, { isRetryable: true });
}

export function isPage(text: string): boolean {
  return /^\s*(<!doctype html|<html)/i.test(text);
}
