import type { IncomingMessage } from 'node:http';
import { ReelflowError } from '../../core/errors.ts';

export const bodyLimitBytes = 256 * 1024;

/** A body over the limit is read on and thrown away up to here, so that the client hears why; beyond, it is cut off. */
const drainLimitBytes = 4 * 1024 * 1024;

/**
 * Reads a JSON request body; an absent body is an empty object.
 *
 * @param options.mediaType it must be sent as
 *
 * Rejects with CONTENT_TYPE_UNSUPPORTED, BODY_TOO_LARGE, BODY_MALFORMED, or CLIENT_GONE when the client left before
 * its end.
 */
export async function readJsonBody(
  request: IncomingMessage,
  { limitBytes = bodyLimitBytes, mediaType = 'application/json' } = {},
): Promise<unknown> {
  if (!hasBody(request)) return {};
  checkType(request, mediaType);
  const bytes = await readBytes(request, limitBytes);
  if (bytes.length === 0) return {};
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ReelflowError('BODY_MALFORMED', 'the body is not UTF-8', { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ReelflowError('BODY_MALFORMED', `the body is not JSON: ${reason}`, { cause });
  }
}

function hasBody(request: IncomingMessage): boolean {
  if (request.headers['transfer-encoding'] !== undefined) return true;
  return Number(request.headers['content-length'] ?? 0) > 0;
}

function checkType(request: IncomingMessage, mediaType: string): void {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '').toLowerCase().split(';');
  if (type.trim() !== mediaType) {
    const given = type.trim() === '' ? 'no Content-Type' : `Content-Type ${type.trim()}`;
    throw new ReelflowError('CONTENT_TYPE_UNSUPPORTED', `${given}: the body must be ${mediaType}`);
  }
  const charset = parameters.map((one) => one.trim()).find((one) => one.startsWith('charset='));
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) {
    throw new ReelflowError('CONTENT_TYPE_UNSUPPORTED', `${charset}: JSON is sent as UTF-8`);
  }
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new ReelflowError('CONTENT_TYPE_UNSUPPORTED', `Content-Encoding ${encoding}: send the body uncompressed`);
  }
}

async function readBytes(request: IncomingMessage, limitBytes: number): Promise<Uint8Array> {
  const tooLarge = new ReelflowError('BODY_TOO_LARGE', `the body is larger than ${limitBytes} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > drainLimitBytes) throw tooLarge;
  const chunks: Buffer[] = [];
  let received = 0;
  try {
    // Not destroyed on the way out: the client shall still read the answer.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      received += chunk.length;
      if (received > drainLimitBytes) throw tooLarge;
      if (received <= limitBytes) chunks.push(chunk);
      else chunks.length = 0;
    }
  } catch (cause) {
    if (cause === tooLarge) throw cause;
    throw new ReelflowError('CLIENT_GONE', 'the client left before the end of its request', { cause });
  }
  if (received > limitBytes) throw tooLarge;
  return Buffer.concat(chunks);
}
