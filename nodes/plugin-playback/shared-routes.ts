import type { IncomingMessage } from 'node:http';
import { parseByteRange } from '../adapters/http/byte-range.ts';
import type { Call, Route } from '../adapters/http/router.ts';
import { sendText } from '../adapters/http/send-text.ts';
import type { ChunkObject, Segment, Span } from '../core/archive/chunk.ts';
import { ReelflowError } from '../core/errors.ts';
import { keyPeriodOf, spanOfKeyPeriod } from '../core/playback/hls-keys.ts';
import { masterPlaylist, needsMaster } from '../core/playback/hls-master-playlist.ts';
import { mediaPlaylist } from '../core/playback/hls-media-playlist.ts';
import type { PlaybackPlan } from '../core/playback/playback-plan.ts';
import type { ShareGrant } from '../core/playback/share-token.ts';
import { type ByteSpan, bytesOfSegments, isWithin } from '../core/playback/shared-bytes.ts';
import { askedPeriod, findPiece, sendKey, sendPiece } from './encrypted-routes.ts';
import { type FoundObject, findObject, sendObject } from './object-route.ts';
import type { PlaybackParts } from './playback-doors.ts';
import { channelLines } from './segment-lines.ts';

/** RFC 8216 section 4 */
const mimeType = 'application/vnd.apple.mpegurl';

/**
 * `/shared/{token}/...`: one range of one channel for whoever has the link. The door lets these addresses in without a
 * login, so every route here reads the token first, and gives out nothing beyond its range.
 * - `index.m3u8`: the range as HLS; `tracks/{track}.m3u8`: one track of it.
 * - `objects/{path...}`: bytes of the stored objects, by Range, those of the range's segments alone. Not of a channel
 *   with encrypted HLS, which has these: `encrypted/{path...}`: a segment; `keys/{instant}.key`: a key of the range.
 */
export function sharedRoutes(parts: PlaybackParts): Route[] {
  const grantOf = (call: Call): ShareGrant => {
    // Players on other sites: there is no login that such a page could misuse.
    call.response.setHeader('Access-Control-Allow-Origin', '*');
    return parts().shares.open(call.params['token'] ?? '');
  };
  const planOf = ({ channel, startMs, endMs }: ShareGrant): Promise<PlaybackPlan> =>
    parts().playback.plan(channel, { startMs, endMs, isOpen: false });
  const send = async ({ request, response }: Call, text: string): Promise<undefined> => {
    await sendText(request, response, { text, mimeType });
    return undefined;
  };
  return [
    {
      method: 'GET',
      path: '/{token}/index.m3u8',
      role: 'viewer',
      async handle(call) {
        const plan = await planOf(grantOf(call));
        const [track] = plan.tracks;
        if (!needsMaster(plan)) {
          const lines = await channelLines(parts, plan.channel);
          return await send(call, mediaPlaylist(plan, { track, gap: 'skip', lines }));
        }
        return await send(
          call,
          masterPlaylist(plan, (name) => `./tracks/${encodeURIComponent(name)}.m3u8`),
        );
      },
    },
    {
      method: 'GET',
      path: '/{token}/tracks/{track}.m3u8',
      role: 'viewer',
      async handle(call) {
        const plan = await planOf(grantOf(call));
        const name = call.params['track'];
        const track = plan.tracks.find((one) => one.track.track === name);
        if (!track) throw new ReelflowError('TRACK_UNKNOWN', `the range has no track "${name}"`, { field: 'track' });
        const lines = await channelLines(parts, plan.channel, '../');
        return await send(call, mediaPlaylist(plan, { track, gap: 'skip', lines }));
      },
    },
    {
      method: 'GET',
      path: '/{token}/objects/{path...}',
      role: 'viewer',
      async handle(call) {
        const grant = grantOf(call);
        const { archive, playback } = parts();
        const found = await findObject(archive, grant.channel, call.params['path'] ?? '', call.query.get('v'));
        if (await playback.isEncrypted(grant.channel)) throw notShown();
        await checkBytes(parts, grant, found, askedBytes(call.request, found.object));
        await sendObject(call, parts, found);
        return undefined;
      },
    },
    {
      method: 'GET',
      path: '/{token}/encrypted/{path...}',
      role: 'viewer',
      async handle(call) {
        const grant = grantOf(call);
        const found = await findPiece(call, parts, grant.channel);
        const { offset, length } = found.piece;
        await checkBytes(parts, grant, found, { start: offset, end: offset + length });
        await sendPiece(call, parts, found);
        return undefined;
      },
    },
    {
      method: 'GET',
      path: '/{token}/keys/{instant}.key',
      role: 'viewer',
      async handle(call) {
        const grant = grantOf(call);
        const period = askedPeriod(call);
        if (!(await hasKey(parts, grant, period))) throw notShown();
        return sendKey(call, parts().keys.key(grant.channel, period));
      },
    },
  ];
}

/** Throws SHARE_INVALID for bytes that belong to no segment of the range. */
async function checkBytes(parts: PlaybackParts, grant: ShareGrant, found: FoundObject, asked: ByteSpan): Promise<void> {
  const { chunk, object } = found;
  const startMs = Math.max(grant.startMs, chunk.startMs);
  // The last segment of a chunk reaches into the next one: a range that begins there has it, too.
  const span: Span = { startMs, endMs: Math.max(startMs + 1, Math.min(grant.endMs, chunk.endMs)) };
  const isApart = chunk.startMs >= grant.endMs;
  const archive = await parts().archive.open();
  const segments: Segment[] = isApart ? [] : await archive.segments(grant.channel, { span, track: object.track });
  const own = segments.filter(({ chunkStartMs }) => chunkStartMs === chunk.startMs);
  if (!isWithin(asked, bytesOfSegments(object, own))) throw notShown();
}

/** Whether a chunk of the range has the key of that period. */
async function hasKey(parts: PlaybackParts, { channel, startMs, endMs }: ShareGrant, period: number): Promise<boolean> {
  const archive = await parts().archive.open();
  const chunks = await archive.chunks(channel, { span: spanOfKeyPeriod(period), states: ['complete'] });
  return chunks.some((chunk) => {
    const end = Math.max(chunk.endMs, chunk.actual?.endMs ?? 0);
    return keyPeriodOf({ chunkStartMs: chunk.startMs }) === period && chunk.startMs < endMs && end > startMs;
  });
}

function notShown(): ReelflowError {
  return new ReelflowError('SHARE_INVALID', 'this link does not show that');
}

function askedBytes({ method, headers }: IncomingMessage, { sizeBytes }: ChunkObject): ByteSpan {
  const range =
    method === 'GET' && headers['if-range'] === undefined ? parseByteRange(headers.range, sizeBytes) : undefined;
  if (range === undefined || range === 'unsatisfiable') return { start: 0, end: sizeBytes };
  return { start: range.first, end: range.last + 1 };
}
