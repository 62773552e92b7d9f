import type { Call, Route } from '../adapters/http/router.ts';
import { sendStream } from '../adapters/http/send-stream.ts';
import { mimeTypeOf } from '../core/archive/chunk-key.ts';
import { ReelflowError } from '../core/errors.ts';
import { encrypted, encryptedLength } from '../core/playback/aes-128.ts';
import { keyPeriodOf } from '../core/playback/hls-keys.ts';
import type { Piece } from '../core/playback/hls-segment-lines.ts';
import { parseInstant } from '../core/playback/instant-text.ts';
import { readPiecePath } from './encrypted-address.ts';
import { type FoundObject, findObject } from './object-route.ts';
import type { PlaybackParts } from './playback-doors.ts';

/**
 * What playlists of a channel with encrypted HLS name:
 * - `/archive/{channel}/encrypted/{object...}/{offset}-{length}...`: a segment or an init segment, encrypted as it is sent.
 * - `/archive/{channel}/keys/{instant}.key`: the key of that time, 16 bytes.
 *
 * Both are there whether or not the channel is set up so now: a player may still have the playlist of before.
 */
export function encryptedRoutes(parts: PlaybackParts): Route[] {
  return [
    {
      method: 'GET',
      path: '/{channel}/encrypted/{path...}',
      role: 'viewer',
      async handle(call) {
        const { channel = '' } = call.params;
        await sendPiece(call, parts, await findPiece(call, parts, channel));
        return undefined;
      },
    },
    {
      method: 'GET',
      path: '/{channel}/keys/{instant}.key',
      role: 'viewer',
      async handle(call) {
        const { channel = '' } = call.params;
        const { playback, keys } = parts();
        // Only to say that there is no such channel.
        await playback.isEncrypted(channel);
        return sendKey(call, keys.key(channel, askedPeriod(call)));
      },
    },
  ];
}

export interface FoundPiece extends FoundObject {
  piece: Piece;
}

/** What the address in `path` names. Rejects with OBJECT_UNKNOWN for what is no whole segment or init segment. */
export async function findPiece({ params, query }: Call, parts: PlaybackParts, channel: string): Promise<FoundPiece> {
  const { archive } = parts();
  const asked = readPiecePath(params['path'] ?? '');
  if (!asked) throw unknownPiece();
  const found = await findObject(archive, channel, asked.path, query.get('v'));
  const { chunk, object } = found;
  const isAsked = ({ offset, length }: Piece) => offset === asked.piece.offset && length === asked.piece.length;
  if (object.inits.some(isAsked)) return { ...found, piece: asked.piece };
  const segments = await (await archive.open()).segments(channel, { span: chunk, track: object.track });
  const own = segments.filter(({ chunkStartMs }) => chunkStartMs === chunk.startMs);
  if (own.some(isAsked)) return { ...found, piece: asked.piece };
  throw unknownPiece();
}

export async function sendPiece(call: Call, parts: PlaybackParts, found: FoundPiece): Promise<void> {
  const { channel, chunk, object, piece } = found;
  const { keys, playback } = parts();
  const key = keys.key(channel, keyPeriodOf({ chunkStartMs: chunk.startMs }));
  const iv = keys.ivs(object)(piece.offset);
  const clear = { start: piece.offset, end: piece.offset + piece.length };
  await sendStream(call.request, call.response, {
    sizeBytes: encryptedLength(piece.length),
    mimeType: mimeTypeOf(object.container),
    etag: `${iv.toString('hex')}-${piece.length}`,
    // Not for ever: a station that lost its secret has other keys.
    caching: 'private, no-cache',
    read: async (start, end, abort) =>
      encrypted(await playback.read(channel, object.key, clear, abort), { key, iv }, { start, end }),
  });
}

/** The period that the address names. Throws RANGE_INVALID. */
export function askedPeriod({ params }: Call): number {
  return keyPeriodOf({ chunkStartMs: parseInstant(params['instant'] ?? '', 'instant') });
}

export function sendKey({ request, response }: Call, key: Uint8Array): undefined {
  response.writeHead(200, {
    'Content-Type': 'application/octet-stream',
    'Content-Length': key.length,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(request.method === 'HEAD' ? undefined : key);
}

function unknownPiece(): ReelflowError {
  return new ReelflowError('OBJECT_UNKNOWN', 'the archive has no such segment');
}
