import type { IncomingMessage } from 'node:http';
import { parseByteRange } from '../adapters/http/byte-range.ts';
import type { Call, Route } from '../adapters/http/router.ts';
import { sendText } from '../adapters/http/send-text.ts';
import type { ChunkObject, Span } from '../core/archive/chunk.ts';
import { ReelflowError } from '../core/errors.ts';
import { masterPlaylist, needsMaster } from '../core/playback/hls-master-playlist.ts';
import { mediaPlaylist } from '../core/playback/hls-media-playlist.ts';
import type { PlaybackPlan } from '../core/playback/playback-plan.ts';
import type { ShareGrant } from '../core/playback/share-token.ts';
import { bytesOfSegments, isWithin } from '../core/playback/shared-bytes.ts';
import { objectAddress } from './object-address.ts';
import { findObject, sendObject } from './object-route.ts';
import type { PlaybackParts } from './playback-doors.ts';

/** RFC 8216 section 4 */
const mimeType = 'application/vnd.apple.mpegurl';

/**
 * `/shared/{token}/...`: one range of one channel for whoever has the link. The door lets these addresses in without a
 * login, so every route here reads the token first, and gives out nothing beyond its range.
 * - `index.m3u8`: the range as HLS; `tracks/{track}.m3u8`: one track of it.
 * - `objects/{path...}`: bytes of the stored objects, by Range, those of the range's segments alone.
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
          return await send(call, mediaPlaylist(plan, { track, gap: 'skip', object: objectAddress }));
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
        const object = (segment: Parameters<typeof objectAddress>[0]) => `../${objectAddress(segment)}`;
        return await send(call, mediaPlaylist(plan, { track, gap: 'skip', object }));
      },
    },
    {
      method: 'GET',
      path: '/{token}/objects/{path...}',
      role: 'viewer',
      async handle(call) {
        const grant = grantOf(call);
        const { archive } = parts();
        const found = await findObject(archive, grant.channel, call.params['path'] ?? '', call.query.get('v'));
        const { chunk, object } = found;
        const startMs = Math.max(grant.startMs, chunk.startMs);
        // The last segment of a chunk reaches into the next one: a range that begins there has it, too.
        const span: Span = { startMs, endMs: Math.max(startMs + 1, Math.min(grant.endMs, chunk.endMs)) };
        const isApart = chunk.startMs >= grant.endMs;
        const filter = { span, track: object.track };
        const segments = isApart ? [] : await (await archive.open()).segments(grant.channel, filter);
        const own = segments.filter(({ chunkStartMs }) => chunkStartMs === chunk.startMs);
        const asked = askedBytes(call.request, object);
        if (!isWithin(asked, bytesOfSegments(object, own))) {
          throw new ReelflowError('SHARE_INVALID', 'this link does not show that');
        }
        await sendObject(call, parts, found);
        return undefined;
      },
    },
  ];
}

function askedBytes({ method, headers }: IncomingMessage, { sizeBytes }: ChunkObject): { start: number; end: number } {
  const range =
    method === 'GET' && headers['if-range'] === undefined ? parseByteRange(headers.range, sizeBytes) : undefined;
  if (range === undefined || range === 'unsatisfiable') return { start: 0, end: sizeBytes };
  return { start: range.first, end: range.last + 1 };
}
