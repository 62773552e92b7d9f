import { Readable } from 'node:stream';
import type { Call, Route } from '../adapters/http/router.ts';
import { sendStream } from '../adapters/http/send-stream.ts';
import { sendText } from '../adapters/http/send-text.ts';
import { ReelflowError } from '../core/errors.ts';
import { dashManifest, wallOfTime } from '../core/playback/dash-manifest.ts';
import type { MediaStream } from '../core/playback/media-streams.ts';
import type { PlayedSegment } from '../core/playback/played-track.ts';
import { askedPlan } from './asked.ts';
import type { PlaybackParts } from './playback-doors.ts';

/** Its times are in the address, and what was archived of them rarely changes. */
const caching = 'private, max-age=3600';

/**
 * - `/archive/{channel}/{start}--{end}.mpd`: the range as DASH. Query as for HLS; `mark` keeps holes as empty time.
 * - `/archive/{channel}/dash/{track}/{stream}/{wallMs}-{mediaSeconds}/{time}.m4s`: a segment; the stretch of the path in
 *   the middle says how the manifest's times lie on the clock.
 * - `/archive/{channel}/dash/{track}/{stream}/{wallMs}/init.mp4`: the init segment of what is on then.
 *
 * `stream` is a medium's id in the track's MP4.
 */
export function dashRoutes(parts: PlaybackParts): Route[] {
  return [
    {
      method: 'GET',
      path: '/{channel}/{range}.mpd',
      role: 'viewer',
      async handle(call) {
        const { playback, now } = parts();
        const { plan, gap } = await askedPlan(call, parts);
        const periods = await playback.periods(plan);
        const base = ({ track, startMs }: PlayedSegment, { id }: MediaStream) =>
          `dash/${encodeURIComponent(track)}/${id}/${startMs}`;
        const text = dashManifest(
          plan,
          periods,
          {
            init: (segment, stream) => `${base(segment, stream)}/init.mp4`,
            media: (segment, stream) => `${base(segment, stream)}-${stream.mediaSeconds}/$Time$.m4s`,
          },
          { keepsLength: gap === 'mark', now: now() },
        );
        await sendText(call.request, call.response, { text, mimeType: 'application/dash+xml' });
        return undefined;
      },
    },
    {
      method: 'GET',
      path: '/{channel}/dash/{track}/{stream}/{wall}-{media}/{time}.m4s',
      role: 'viewer',
      handle(call) {
        const anchor = { wallMs: figure(call, 'wall'), mediaSeconds: figure(call, 'media') };
        return sendSingle(call, parts, wallOfTime(figure(call, 'time'), anchor), 'media');
      },
    },
    {
      method: 'GET',
      path: '/{channel}/dash/{track}/{stream}/{wall}/init.mp4',
      role: 'viewer',
      handle: (call) => sendSingle(call, parts, figure(call, 'wall'), 'init'),
    },
  ];
}

async function sendSingle(call: Call, parts: PlaybackParts, wallMs: number, what: 'media' | 'init') {
  const { playback } = parts();
  const { channel = '', track = '' } = call.params;
  const stream = figure(call, 'stream');
  const segment = await playback.segmentAt(channel, track, wallMs);
  const bytes = await playback.single(channel, segment, stream, what);
  await sendStream(call.request, call.response, {
    sizeBytes: bytes.length,
    mimeType: 'video/mp4',
    etag: `${segment.object.sha256.slice(0, 32)}-${segment.offset}-${stream}-${what}`,
    caching,
    read: (start, end) => Promise.resolve(Readable.from([bytes.subarray(start, end)])),
  });
  return undefined;
}

/** Throws PATH_INVALID. */
function figure({ params }: Call, name: string): number {
  const text = params[name] ?? '';
  if (/^\d{1,16}(\.\d{1,18})?$/.test(text)) return Number(text);
  throw new ReelflowError('PATH_INVALID', `${name}: must be a number, as the manifest has it`, { field: name });
}
