import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { ReelflowError, toReelflowError } from '../../../core/errors.ts';
import { redact } from '../../../core/redact.ts';
import { httpAnswer } from './http-answer.ts';
import type { ByteRange } from './listed-part.ts';

export interface SourceRequest {
  abort: AbortSignal;
  /** Until the head of the answer is there, and then between two pieces of its body. */
  timeoutMs: number;
  /** Part of what lies at the address, the end not in it. */
  range?: ByteRange | undefined;
}

export interface SourceAnswer {
  /** After redirects: what relative addresses in it are relative to. */
  url: string;
  bytes: AsyncIterable<Uint8Array>;
}

/** The longest playlist of a week in short segments. */
const longestTextBytes = 64 * 1024 * 1024;

/**
 * GET of something at a live source. Redirects are followed, gzip is unpacked, user and password of the address become
 * HTTP Basic. Rejects with SEGMENT_LOST (404, 410: gone), SOURCE_REFUSED, SOURCE_UNREACHABLE.
 */
export async function openAt(address: string, { abort, timeoutMs, range }: SourceRequest): Promise<SourceAnswer> {
  const url = new URL(address);
  if (url.protocol === 'file:') return { url: address, bytes: fromDisk(url, range, abort) };
  const headers: Record<string, string> = { 'accept-encoding': 'gzip, deflate, br' };
  if (url.username !== '') {
    const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers['authorization'] = `Basic ${Buffer.from(login).toString('base64')}`;
    url.username = '';
    url.password = '';
  }
  if (range) headers['range'] = `bytes=${range.start}-${range.end - 1}`;
  const patience = new Patience(timeoutMs);
  const explain = (error: unknown) => trouble(error, url, abort, patience.signal.aborted ? timeoutMs : undefined);
  try {
    const answer = await httpAnswer(url, headers, AbortSignal.any([abort, patience.signal]));
    if (answer.status < 200 || answer.status > 299) {
      answer.body.destroy();
      throw refusal(url, answer.status);
    }
    const whole = pieces(answer.body, patience, explain);
    const isPart = answer.status === 206;
    return {
      url: keepLogin(answer.url, address),
      bytes: range && !isPart ? part(whole, range.start, range.end) : whole,
    };
  } catch (error) {
    patience.end();
    throw explain(error);
  }
}

export async function readTextAt(address: string, request: SourceRequest): Promise<{ url: string; text: string }> {
  const { url, bytes } = await openAt(address, request);
  return { url, text: new TextDecoder().decode(await gather(bytes, longestTextBytes, address)) };
}

/** For lists: one that is not there may come back; other than a segment it is asked for again. */
export function asAway(error: unknown): unknown {
  if (!(error instanceof ReelflowError) || error.code !== 'SEGMENT_LOST') return error;
  return new ReelflowError('SOURCE_UNREACHABLE', error.message, { cause: error, isRetryable: true });
}

/** Rejects with SOURCE_INVALID when there is more than `limitBytes`. */
export async function gather(
  bytes: AsyncIterable<Uint8Array>,
  limitBytes: number,
  address: string,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const piece of bytes) {
    length += piece.length;
    if (length > limitBytes) {
      throw new ReelflowError('SOURCE_INVALID', `${redact(address)}: longer than ${limitBytes} bytes`, {
        isRetryable: true,
      });
    }
    parts.push(piece);
  }
  return Buffer.concat(parts);
}

/** A time limit that begins anew with each sign of life. */
class Patience {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(timeoutMs: number) {
    this.#timer = setTimeout(() => this.#controller.abort(new DOMException('no answer', 'TimeoutError')), timeoutMs);
    this.#timer.unref();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  renew(): void {
    this.#timer.refresh();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

async function* pieces(
  body: Readable,
  patience: Patience,
  explain: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of body as AsyncIterable<Uint8Array>) {
      patience.renew();
      yield piece;
    }
  } catch (error) {
    throw explain(error);
  } finally {
    patience.end();
  }
}

/** What our own FFmpeg wrote: never an address that somebody gave, those have other schemes. */
async function* fromDisk(url: URL, range: SourceRequest['range'], signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const part = range ? { start: range.start, end: range.end - 1 } : {};
  try {
    yield* createReadStream(fileURLToPath(url), { signal, ...part }) as AsyncIterable<Uint8Array>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new ReelflowError('SEGMENT_LOST', 'the stream has not begun, or the segment is gone', { cause: error });
  }
}

/** For servers that send all of it whatever was asked for. */
async function* part(bytes: AsyncIterable<Uint8Array>, start: number, end: number): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const piece of bytes) {
    const from = Math.max(0, start - at);
    const to = Math.min(piece.length, end - at);
    if (to > from) yield piece.subarray(from, to);
    at += piece.length;
    if (at >= end) return;
  }
}

function refusal(url: URL, status: number): ReelflowError {
  const [code, isRetryable] =
    status === 404 || status === 410
      ? (['SEGMENT_LOST', false] as const)
      : status === 401 || status === 403
        ? (['SOURCE_REFUSED', true] as const)
        : (['SOURCE_UNREACHABLE', true] as const);
  return new ReelflowError(code, `${redact(url.href)}: the source answered ${status}`, { isRetryable });
}

/** @param timeoutMs the time limit, where it has passed */
function trouble(error: unknown, url: URL, abort: AbortSignal, timeoutMs: number | undefined): unknown {
  if (error instanceof ReelflowError || abort.aborted) return error;
  const reason = timeoutMs === undefined ? toReelflowError(error).message : `no answer within ${timeoutMs / 1000} s`;
  return new ReelflowError('SOURCE_UNREACHABLE', `${redact(url.href)}: ${redact(reason)}`, {
    cause: error,
    isRetryable: true,
  });
}

/** What the playlist names on the same host needs the same login. */
function keepLogin(answered: string, asked: string): string {
  const to = new URL(answered);
  const from = new URL(asked);
  if (to.host === from.host) {
    to.username = from.username;
    to.password = from.password;
  }
  return to.href;
}
