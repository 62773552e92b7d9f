import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';

/** Below this, packing costs more than it saves. */
const worthPackingBytes = 16 * 1024;
const pack = promisify(gzip);
/** Playlists repeat themselves: the fastest level makes them 5 % larger than the default one, in a fifth of its time. */
const packing = { level: constants.Z_BEST_SPEED };

export interface TextAnswer {
  text: string;
  mimeType: string;
  /** Cache-Control; default: asked again each time. */
  caching?: string;
}

/** Answers with a text, gzipped where it is long and the client takes that (RFC 9110 section 12.5.3). */
export async function sendText(
  request: IncomingMessage,
  response: ServerResponse,
  { text, mimeType, caching = 'private, no-cache' }: TextAnswer,
): Promise<void> {
  const plain = Buffer.from(text);
  const isPacked = plain.length >= worthPackingBytes && takesGzip(request.headers['accept-encoding']);
  const body = isPacked ? await pack(plain, packing) : plain;
  if (response.destroyed) return;
  response.writeHead(200, {
    'Content-Type': mimeType,
    'Content-Length': body.length,
    'Cache-Control': caching,
    'X-Content-Type-Options': 'nosniff',
    Vary: 'Accept-Encoding',
    ...(isPacked ? { 'Content-Encoding': 'gzip' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function takesGzip(accepted: string | string[] | undefined): boolean {
  const entry = String(accepted ?? '')
    .split(',')
    .map((one) => one.trim().toLowerCase())
    .find((one) => /^(gzip|\*)(;|$)/.test(one));
  return entry !== undefined && !/;\s*q=0(\.0*)?$/.test(entry);
}
