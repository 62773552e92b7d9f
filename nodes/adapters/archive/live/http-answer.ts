import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { ReelflowError } from '../../../core/errors.ts';
import { ask } from '../../http/ask.ts';

export interface HttpAnswer {
  status: number;
  /** After redirects. */
  url: string;
  /** Unpacked; to be read or destroyed. */
  body: Readable;
}

const mostRedirects = 5;

/**
 * GET, redirects followed, the body unpacked as it comes.
 *
 * Rejects with SOURCE_INVALID for a redirect to nowhere, and with what the connection throws.
 */
export async function httpAnswer(
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
  redirects = mostRedirects,
): Promise<HttpAnswer> {
  const response = await ask(url, { headers, signal });
  const status = response.statusCode ?? 0;
  const { location } = response.headers;
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) {
    return { status, url: url.href, body: unpacked(response) };
  }
  response.destroy();
  const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
  if (!next || !['http:', 'https:'].includes(next.protocol) || redirects === 0) {
    throw new ReelflowError('SOURCE_INVALID', 'the source leads on to nowhere', { isRetryable: true });
  }
  // A login is for the host that it was given for.
  const { authorization: _login, ...others } = headers;
  return await httpAnswer(next, next.origin === url.origin ? headers : others, signal, redirects - 1);
}

function unpacked(response: IncomingMessage): Readable {
  const unpack = { gzip: createGunzip, 'x-gzip': createGunzip, deflate: createInflate, br: createBrotliDecompress }[
    response.headers['content-encoding'] ?? ''
  ];
  const body = unpack ? pipeline(response, unpack(), () => {}) : response;
  // It reaches whoever reads, then; a connection that breaks off before anybody does must not end the process.
  body.on('error', () => {});
  return body;
}
