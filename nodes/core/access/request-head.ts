/** What the access rules read of a request; Node's IncomingMessage fits, HTTP and upgrade alike. */
export interface RequestHead {
  method?: string | undefined;
  url?: string | undefined;
  /** Express shortens `url` by the path an application is mounted at, and keeps the whole here. */
  originalUrl?: string | undefined;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  socket: { remoteAddress?: string | undefined };
}

export function header(request: RequestHead, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

export type Credentials = { scheme: 'basic'; user: string; password: string } | { scheme: 'bearer'; token: string };

/** RFC 7617 (UTF-8) and RFC 6750; undefined for anything else. */
export function readAuthorization(value: string | undefined): Credentials | undefined {
  const [, scheme, rest] = /^(basic|bearer) +([A-Za-z0-9._~+/=-]+) *$/i.exec(value ?? '') ?? [];
  if (!scheme || !rest) return undefined;
  if (scheme.toLowerCase() === 'bearer') return { scheme: 'bearer', token: rest };
  let text: string;
  try {
    text = new TextDecoder('utf-8').decode(Uint8Array.from(atob(rest), (letter) => letter.charCodeAt(0)));
  } catch {
    return undefined;
  }
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  return { scheme: 'basic', user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** RFC 6265 section 4.2; the first of a name wins. */
export function readCookie(cookieHeader: string | undefined, name: string): string | undefined {
  for (const pair of cookieHeader?.split(';') ?? []) {
    const equals = pair.indexOf('=');
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}

/**
 * The address an attempt is counted for. A forwarded address is believed only from a proxy on this very machine:
 * anybody else could write what they like there and never be slowed down.
 */
export function clientAddress(request: RequestHead): string {
  const peer = request.socket.remoteAddress ?? 'unknown';
  if (!/^(127\.|::1$|::ffff:127\.)/.test(peer)) return peer;
  const forwarded = header(request, 'x-forwarded-for')?.split(',').at(-1)?.trim();
  return forwarded || peer;
}

/** The whole address behind the host, wherever the handler is mounted. */
export function targetOf(request: RequestHead): string {
  return request.originalUrl ?? request.url ?? '/';
}

export function pathOf(request: RequestHead): string {
  return targetOf(request).split(/[?#]/, 1)[0] ?? '/';
}
