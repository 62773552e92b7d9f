import { ReelflowError } from '../../core/errors.ts';
import type { CalendarReading, CalendarSource, CalendarValidators } from '../../core/schedule/calendar-source.ts';
import { decodeCalendar, maxCalendarBytes } from '../../core/schedule/calendar-text.ts';
import type { ScheduleSettings } from '../../core/schedule/schedule.ts';
import { answerChallenge, type DigestChallenge, readChallenge } from './digest.ts';
import { type HttpAnswer, httpGet } from './http-get.ts';

export interface HttpCalendarOptions {
  /** For the whole reading, redirects and login included; default 60 s. */
  timeoutMs?: number;
  maxBytes?: number;
}

type UrlSource = Extract<ScheduleSettings['source'], { kind: 'url' }>;

const maxRedirects = 5;

/** An iCalendar at an http, https or webcal address. */
export class HttpCalendar implements CalendarSource {
  readonly #url: URL;
  readonly #source: UrlSource;
  readonly #timeoutMs: number;
  readonly #maxBytes: number;
  /** The last nonce: used again with a higher count, it saves a request per reading. */
  #digest: { challenge: DigestChallenge; count: number } | undefined;

  /** @throws CALENDAR_URL_INVALID */
  constructor(source: UrlSource, options: HttpCalendarOptions = {}) {
    const url = readUrl(source.url);
    const { username, password } = url;
    url.username = '';
    url.password = '';
    this.#url = url;
    this.#source =
      source.auth === 'none' && username !== ''
        ? { ...source, auth: 'basic', user: decodeURIComponent(username), password: decodeURIComponent(password) }
        : source;
    this.#timeoutMs = options.timeoutMs ?? 60_000;
    this.#maxBytes = options.maxBytes ?? maxCalendarBytes;
  }

  async read(known: CalendarValidators | undefined, abort: AbortSignal): Promise<CalendarReading> {
    const signal = AbortSignal.any([abort, AbortSignal.timeout(this.#timeoutMs)]);
    let url = this.#url;
    for (let redirects = 0; redirects <= maxRedirects; redirects++) {
      const answer = await this.#get(url, known, signal);
      const next = redirectOf(answer, url);
      if (!next) return readingOf(answer, url, known !== undefined);
      url = next;
    }
    throw new ReelflowError('CALENDAR_REDIRECTS', `${this.#url.host}: more than ${maxRedirects} redirects`, {
      isRetryable: true,
    });
  }

  async #get(url: URL, known: CalendarValidators | undefined, abort: AbortSignal): Promise<HttpAnswer> {
    const headers = {
      accept: 'text/calendar, */*;q=0.5',
      ...(known?.etag !== undefined && { 'if-none-match': known.etag }),
      ...(known?.lastModified !== undefined && { 'if-modified-since': known.lastModified }),
    };
    const options = { maxBytes: this.#maxBytes, abort };
    // The login is meant for the address the user gave, not for where that sends us.
    if (url.origin !== this.#url.origin) return await httpGet(url, { ...options, headers });
    const answer = await httpGet(url, { ...options, headers: { ...headers, ...this.#login(url) } });
    if (answer.status !== 401 || this.#source.auth !== 'digest') return answer;
    const challenge = readChallenge(challengesOf(answer));
    if (!challenge) return answer;
    this.#digest = { challenge, count: 0 };
    return await httpGet(url, { ...options, headers: { ...headers, ...this.#login(url) } });
  }

  #login(url: URL): Record<string, string> {
    const { auth, user = '', password = '', token = '' } = this.#source;
    switch (auth) {
      case 'none':
        return {};
      case 'basic':
        return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
      case 'bearer':
        return { authorization: `Bearer ${token}` };
      case 'digest': {
        // Without this header Opencast answers with its login page instead of a challenge.
        const header = { 'x-requested-auth': 'Digest' };
        if (!this.#digest) return header;
        this.#digest.count++;
        const request = { method: 'GET', uri: url.pathname + url.search, user, password, count: this.#digest.count };
        return { ...header, authorization: answerChallenge(this.#digest.challenge, request) };
      }
    }
  }
}

function readUrl(text: string): URL {
  const wrong = (why: string) => new ReelflowError('CALENDAR_URL_INVALID', `the address ${why}`, { field: 'url' });
  if (!URL.canParse(text)) throw wrong('is not a URL; expected for example https://example.org/room.ics');
  // webcal: is what calendar programs call it; it means HTTPS (or HTTP, which then has to be written).
  const url = new URL(text.replace(/^webcals?:/i, 'https:'));
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw wrong(`begins with ${url.protocol}; allowed are http:, https: and webcal:`);
  }
  url.hash = '';
  return url;
}

function redirectOf({ status, headers }: HttpAnswer, from: URL): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(status)) return undefined;
  const location = headers.location;
  if (!location || !URL.canParse(location, from)) {
    throw new ReelflowError('CALENDAR_REDIRECTS', `${from.host}: redirected to nowhere`, { isRetryable: true });
  }
  const url = new URL(location, from);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new ReelflowError('CALENDAR_REDIRECTS', `${from.host}: redirected to ${url.protocol}`);
  }
  url.username = '';
  url.password = '';
  return url;
}

function readingOf({ status, headers, body }: HttpAnswer, url: URL, wasConditional: boolean): CalendarReading {
  if (status === 304 && wasConditional) return { kind: 'unchanged' };
  if (status === 401 || status === 403) {
    const why = status === 401 ? 'the login was refused' : 'this login may not read it';
    throw new ReelflowError('CALENDAR_LOGIN', `${url.host}: ${why} (HTTP ${status})`, { isRetryable: true });
  }
  if (status !== 200) {
    throw new ReelflowError('CALENDAR_STATUS', `${url.host} answered with HTTP ${status}`, { isRetryable: true });
  }
  const charset = /charset="?([^";\s]+)/i.exec(headers['content-type'] ?? '')?.[1];
  const validators = {
    ...(headers.etag !== undefined && { etag: headers.etag }),
    ...(headers['last-modified'] !== undefined && { lastModified: headers['last-modified'] }),
  };
  return { kind: 'text', text: decodeCalendar(body, charset), validators };
}

function challengesOf({ headers }: HttpAnswer): string[] {
  // Node joins several WWW-Authenticate headers with a comma; readChallenge takes them apart again.
  const value = headers['www-authenticate'];
  return value === undefined ? [] : [value];
}
