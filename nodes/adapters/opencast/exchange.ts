import http from 'node:http';
import https from 'node:https';
import type { SecureContext } from 'node:tls';
import { ReelflowError } from '../../core/errors.ts';
import { aborted } from './aborted.ts';
import { connectionError } from './connection-error.ts';
import { type StreamedBody, sendBody } from './send-body.ts';

export interface ExchangeRequest {
  method: string;
  url: URL;
  headers: Record<string, string>;
  body?: Uint8Array | StreamedBody;
  connectTimeoutMs: number;
  /** For all of it; with a streamed body from its last byte on. */
  timeoutMs: number;
  /** Longest time one block of a streamed body may take. */
  stallMs: number;
  maxAnswerBytes: number;
  abort?: AbortSignal | undefined;
  isInsecure: boolean;
  secureContext?: SecureContext | undefined;
}

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

/**
 * One HTTP request and its answer: no redirects, no login, no memory of earlier ones.
 *
 * @throws OPENCAST_UNREACHABLE, OPENCAST_TLS, OPENCAST_ANSWER (too long), ABORTED, or what the streamed body throws
 */
export async function exchange(request: ExchangeRequest): Promise<Answer> {
  const { url, abort, body } = request;
  if (abort?.aborted) throw aborted();
  const over = new AbortController();
  const clocks = new Clocks(url.host, request);
  const sent = open(request);
  clocks.watch(sent);
  const onAbort = () => sent.destroy(aborted());
  abort?.addEventListener('abort', onAbort, { once: true });
  try {
    const answer = receive(sent, request.maxAnswerBytes);
    // Whichever fails first names the reason; an answer before the end of the body ends the sending.
    const sending =
      body instanceof Uint8Array || !body ? endWith(sent, body) : sendBody(sent, body, clocks, over.signal);
    return await Promise.race([answer, sending.then(() => answer)]);
  } catch (error) {
    throw connectionError(url.host, error);
  } finally {
    abort?.removeEventListener('abort', onAbort);
    over.abort();
    clocks.stop();
    sent.destroy();
  }
}

/** Ends a request that takes too long, and says which of its times ran out. */
export class Clocks {
  readonly #host: string;
  readonly #times: Pick<ExchangeRequest, 'connectTimeoutMs' | 'timeoutMs' | 'stallMs' | 'body'>;
  #request: http.ClientRequest | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isConnected = false;

  constructor(host: string, times: Pick<ExchangeRequest, 'connectTimeoutMs' | 'timeoutMs' | 'stallMs' | 'body'>) {
    this.#host = host;
    this.#times = times;
  }

  watch(request: http.ClientRequest): void {
    this.#request = request;
    this.#arm(this.#times.connectTimeoutMs, 'no connection');
    request.on('socket', (socket) => {
      const isStreamed = this.#times.body !== undefined && !(this.#times.body instanceof Uint8Array);
      const onConnect = () => {
        this.#isConnected = true;
        if (isStreamed) this.blockBegun();
        else this.waitForAnswer();
      };
      // Not writable before the handshake: `secureConnect` is the moment for https.
      socket.once('encrypted' in socket ? 'secureConnect' : 'connect', onConnect);
    });
  }

  /** A block is on its way. */
  blockBegun(): void {
    if (this.#isConnected) this.#arm(this.#times.stallMs, 'the upload stood still');
  }

  /** The next block is not there yet: the time it takes is ours, not the core's. */
  pause(): void {
    if (this.#isConnected) clearTimeout(this.#timer);
  }

  waitForAnswer(): void {
    this.#arm(this.#times.timeoutMs, 'no complete answer');
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#request = undefined;
  }

  #arm(ms: number, what: string): void {
    clearTimeout(this.#timer);
    const request = this.#request;
    if (!request) return;
    const message = `${this.#host}: ${what} within ${Math.round(ms / 100) / 10} s`;
    this.#timer = setTimeout(
      () => request.destroy(new ReelflowError('OPENCAST_UNREACHABLE', message, { isRetryable: true })),
      ms,
    );
  }
}

function open({ method, url, headers, body, isInsecure, secureContext }: ExchangeRequest): http.ClientRequest {
  const length = body instanceof Uint8Array ? body.length : (body?.sizeBytes ?? 0);
  const hasLength = body !== undefined || method !== 'GET';
  const options = {
    method,
    // Requests are seldom: a connection kept would be one the core has closed meanwhile.
    agent: false,
    headers: { 'User-Agent': 'Reelflow', ...headers, ...(hasLength && { 'Content-Length': String(length) }) },
  };
  if (url.protocol !== 'https:') return http.request(url, options);
  return https.request(url, { ...options, rejectUnauthorized: !isInsecure, secureContext } as https.RequestOptions);
}

async function endWith(sent: http.ClientRequest, body: Uint8Array | undefined): Promise<void> {
  sent.end(body);
}

function receive(sent: http.ClientRequest, maxBytes: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    sent.on('error', reject);
    sent.on('response', (response) => {
      const blocks: Buffer[] = [];
      let length = 0;
      response.on('error', reject);
      response.on('data', (block: Buffer) => {
        length += block.length;
        blocks.push(block);
        if (length > maxBytes) {
          reject(
            new ReelflowError('OPENCAST_ANSWER', `the answer is longer than ${maxBytes} bytes`, { isRetryable: true }),
          );
          response.destroy();
        }
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(blocks) }),
      );
      response.on('close', () => reject(new Error('the answer was cut off')));
    });
  });
}
