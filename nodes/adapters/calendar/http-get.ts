import http from 'node:http';
import https from 'node:https';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { ReelflowError } from '../../core/errors.ts';
import { trustedContext } from '../tls/trusted-authorities.ts';

export interface HttpAnswer {
  status: number;
  headers: http.IncomingHttpHeaders;
  /** Decompressed; empty for other than 200. */
  body: Uint8Array;
}

export interface HttpGetOptions {
  headers: Record<string, string>;
  maxBytes: number;
  abort: AbortSignal;
}

/**
 * One GET without redirects and without memory of earlier ones. The bound holds for what comes out of the decompression.
 *
 * @throws CALENDAR_UNREACHABLE, CALENDAR_TOO_LARGE, CALENDAR_CUT_OFF
 */
export async function httpGet(url: URL, options: HttpGetOptions): Promise<HttpAnswer> {
  try {
    const response = await request(url, options);
    const status = response.statusCode ?? 0;
    if (status === 200) return { status, headers: response.headers, body: await readBody(response, options) };
    response.destroy();
    return { status, headers: response.headers, body: new Uint8Array() };
  } catch (error) {
    if (error instanceof ReelflowError) throw error;
    throw unreachable(url, options.abort, error);
  }
}

function request(url: URL, { headers, abort }: HttpGetOptions): Promise<http.IncomingMessage> {
  const { get } = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    // No keep-alive: between two readings lie minutes, and a socket the server has closed would fail the next one.
    const sent = get(
      url,
      {
        agent: false,
        ...(url.protocol === 'https:' && { secureContext: trustedContext() }),
        signal: abort,
        headers: { 'accept-encoding': 'gzip, deflate, br', 'user-agent': 'Reelflow', ...headers },
      },
      resolve,
    );
    sent.on('error', reject);
  });
}

async function readBody(response: http.IncomingMessage, { maxBytes }: HttpGetOptions): Promise<Uint8Array> {
  const encoding = response.headers['content-encoding']?.toLowerCase() ?? 'identity';
  const unpack =
    encoding === 'gzip' || encoding === 'x-gzip'
      ? createGunzip()
      : encoding === 'br'
        ? createBrotliDecompress()
        : encoding === 'deflate'
          ? createInflate()
          : undefined;
  if (!unpack && encoding !== 'identity') {
    response.destroy();
    throw new ReelflowError('CALENDAR_ENCODING', `the server sent content-encoding "${encoding}"; gzip was asked for`);
  }
  if (unpack) {
    response.on('error', (error) => unpack.destroy(error));
    response.pipe(unpack);
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of (unpack ?? response) as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > maxBytes) {
        throw new ReelflowError('CALENDAR_TOO_LARGE', `the calendar is larger than ${maxBytes} bytes`);
      }
      chunks.push(chunk);
    }
  } finally {
    unpack?.destroy();
    response.destroy();
  }
  return Buffer.concat(chunks);
}

/** Messages name the host only: paths and queries of calendar addresses are often the secret. */
function unreachable(url: URL, abort: AbortSignal, error: unknown): ReelflowError {
  const reason: unknown = abort.aborted ? abort.reason : error;
  const isTimeout = reason instanceof Error && reason.name === 'TimeoutError';
  const detail = isTimeout ? 'no complete answer in time' : reasonOf(error);
  return new ReelflowError('CALENDAR_UNREACHABLE', `${url.host}: ${detail}`, { cause: error, isRetryable: true });
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
