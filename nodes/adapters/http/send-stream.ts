import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ReelflowError } from '../../core/errors.ts';
import { parseByteRange } from './byte-range.ts';

export interface StreamAnswer {
  sizeBytes: number;
  mimeType: string;
  /** Strong, without its quotes: the same one is the same bytes for ever. */
  etag: string;
  caching: string;
  /** Bytes from `start` up to, not including, `end`. */
  read: (start: number, end: number, abort: AbortSignal) => Promise<AsyncIterable<Uint8Array>>;
}

/**
 * Streams something of known length that is no file here, whole or in part (RFC 9110 section 14). Nothing is gathered; a
 * client that leaves ends the reading.
 *
 * Rejects with RANGE_NOT_SATISFIABLE and what `read` rejects with, before anything is sent.
 */
export async function sendStream(
  request: IncomingMessage,
  response: ServerResponse,
  { sizeBytes, mimeType, etag, caching, read }: StreamAnswer,
): Promise<void> {
  const tag = `"${etag}"`;
  response.setHeader('ETag', tag);
  response.setHeader('Cache-Control', caching);
  response.setHeader('Accept-Ranges', 'bytes');
  if (request.headers['if-none-match']?.split(',').some((one) => one.trim() === tag)) {
    response.writeHead(304).end();
    return;
  }
  const ifRange = request.headers['if-range'];
  const hasRange = request.method === 'GET' && (ifRange === undefined || ifRange === tag);
  const range = hasRange ? parseByteRange(request.headers.range, sizeBytes) : undefined;
  if (range === 'unsatisfiable') {
    response.setHeader('Content-Range', `bytes */${sizeBytes}`);
    throw new ReelflowError('RANGE_NOT_SATISFIABLE', `there are ${sizeBytes} bytes`, { field: 'Range' });
  }
  const { first, last } = range ?? { first: 0, last: sizeBytes - 1 };
  const headers = {
    'Content-Type': mimeType,
    'Content-Length': last - first + 1,
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    ...(range ? { 'Content-Range': `bytes ${first}-${last}/${sizeBytes}` } : {}),
  };
  if (request.method === 'HEAD' || sizeBytes === 0) {
    response.writeHead(200, headers).end();
    return;
  }
  if (response.destroyed) return;
  const abort = new AbortController();
  response.once('close', () => abort.abort());
  const bytes = await read(first, last + 1, abort.signal);
  response.writeHead(range ? 206 : 200, headers);
  try {
    await pipeline(Readable.from(bytes, { objectMode: false }), response);
  } catch {
    // The client left, or the store failed in the middle: a length was promised, so breaking off tells it all.
    response.destroy();
  }
}
