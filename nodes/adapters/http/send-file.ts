import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { header } from '../../core/access/request-head.ts';
import { ReelflowError } from '../../core/errors.ts';
import { parseByteRange } from './byte-range.ts';

export interface SendFileOptions {
  /** Absolute. A link at its end is refused, not followed. */
  path: string;
  mimeType: string;
  /** The name a browser shall save it under; absent: shown in place. */
  downloadName?: string;
}

/** What the conditions of RFC 9110 section 13 ask about a file. */
interface Validators {
  etag: string;
  modifiedAt: number;
}

/**
 * Sends a file, whole or in part (RFC 9110 section 14), and honours If-Match, If-None-Match, If-Modified-Since,
 * If-Unmodified-Since and If-Range. Streamed; settles when the last byte is out or the client left.
 *
 * Rejects with FILE_UNKNOWN, PRECONDITION_FAILED, RANGE_NOT_SATISFIABLE before anything is sent.
 */
export async function sendFile(request: IncomingMessage, response: ServerResponse, options: SendFileOptions) {
  const file = await openFile(options.path);
  try {
    await sendOpenFile(request, response, file, options);
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  let file: FileHandle;
  try {
    // Non-blocking, so that a named pipe under that name can not hold the request for ever.
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    throw new ReelflowError('FILE_UNKNOWN', 'the file is not there', { cause });
  }
  const isFile = (await file.stat()).isFile();
  if (isFile) return file;
  await file.close();
  throw new ReelflowError('FILE_UNKNOWN', 'the file is not there');
}

async function sendOpenFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: FileHandle,
  options: SendFileOptions,
): Promise<void> {
  const stat = await file.stat({ bigint: true });
  const sizeBytes = Number(stat.size);
  const validators: Validators = {
    etag: `"${stat.size.toString(36)}-${stat.mtimeNs.toString(36)}"`,
    modifiedAt: Math.floor(Number(stat.mtimeMs) / 1000) * 1000,
  };
  response.setHeader('ETag', validators.etag);
  response.setHeader('Last-Modified', new Date(validators.modifiedAt).toUTCString());
  response.setHeader('Cache-Control', 'private, no-cache');
  response.setHeader('Accept-Ranges', 'bytes');
  if (isPreconditionFailed(request, validators)) {
    throw new ReelflowError('PRECONDITION_FAILED', 'the file is not the one you know');
  }
  if (isUnchanged(request, validators)) {
    response.writeHead(304).end();
    return;
  }
  const hasRange = request.method === 'GET' && isRangeValid(request, validators);
  const range = hasRange ? parseByteRange(request.headers.range, sizeBytes) : undefined;
  if (range === 'unsatisfiable') {
    response.setHeader('Content-Range', `bytes */${sizeBytes}`);
    throw new ReelflowError('RANGE_NOT_SATISFIABLE', `the file has ${sizeBytes} bytes`, { field: 'Range' });
  }
  response.setHeader('Content-Type', options.mimeType);
  // A browser must not guess that a file is a page, nor run it as one.
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Content-Security-Policy', "default-src 'none'; sandbox");
  if (options.downloadName !== undefined) {
    response.setHeader('Content-Disposition', attachment(options.downloadName));
  }
  if (range) response.setHeader('Content-Range', `bytes ${range.first}-${range.last}/${sizeBytes}`);
  response.setHeader('Content-Length', range ? range.last - range.first + 1 : sizeBytes);
  response.writeHead(range ? 206 : 200);
  if (request.method === 'HEAD' || sizeBytes === 0) {
    response.end();
    return;
  }
  await stream(file, range ?? { first: 0, last: sizeBytes - 1 }, response);
}

async function stream(file: FileHandle, range: { first: number; last: number }, response: ServerResponse) {
  const source = file.createReadStream({
    start: range.first,
    end: range.last,
    autoClose: false,
    highWaterMark: 256 * 1024,
  });
  try {
    await pipeline(source, response);
  } catch {
    // The client left, or the disk failed in the middle: a length was promised, so breaking off tells it all.
    response.destroy();
  }
}

function isPreconditionFailed(request: IncomingMessage, file: Validators): boolean {
  const ifMatch = request.headers['if-match'];
  if (ifMatch !== undefined) return !matches(ifMatch, file.etag);
  const since = Date.parse(request.headers['if-unmodified-since'] ?? '');
  return file.modifiedAt > since;
}

function isUnchanged(request: IncomingMessage, file: Validators): boolean {
  const ifNoneMatch = request.headers['if-none-match'];
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, file.etag);
  const since = Date.parse(request.headers['if-modified-since'] ?? '');
  return file.modifiedAt <= since;
}

/** If-Range: go on only with the very same file. A date counts when it can not hide a second change in that second. */
function isRangeValid(request: IncomingMessage, file: Validators): boolean {
  const ifRange = header(request, 'if-range');
  if (ifRange === undefined || ifRange === file.etag) return true;
  return Date.parse(ifRange) === file.modifiedAt && Date.now() - file.modifiedAt > 2000;
}

function matches(header: string, etag: string): boolean {
  return header
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
    .some((tag) => tag === '*' || tag === etag);
}

/** RFC 6266: the plain name for old clients, the whole one in UTF-8 after it. */
function attachment(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
