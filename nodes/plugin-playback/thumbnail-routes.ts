import { Readable } from 'node:stream';
import type { Route } from '../adapters/http/router.ts';
import { sendStream } from '../adapters/http/send-stream.ts';
import { sendText } from '../adapters/http/send-text.ts';
import { ReelflowError } from '../core/errors.ts';
import { parseInstant } from '../core/playback/instant-text.ts';
import { thumbnailTrack } from '../core/playback/thumbnail-track.ts';
import { askedPlan } from './asked.ts';
import type { PlaybackParts } from './playback-doors.ts';

/** What was on then may still be captured better. */
const caching = 'private, max-age=600';

/**
 * - `/archive/{channel}/thumbnails/{instant}.jpg`: the picture that was on then, 240 wide.
 * - `/archive/{channel}/{start}--{end}.vtt`: a thumbnail track of a range; `?every=` seconds between its pictures.
 */
export function thumbnailRoutes(parts: PlaybackParts): Route[] {
  return [
    {
      method: 'GET',
      path: '/{channel}/thumbnails/{instant}.jpg',
      role: 'viewer',
      async handle({ request, response, params }) {
        const { thumbnails } = parts();
        const instantMs = parseInstant(params['instant'] ?? '', 'instant');
        const { jpeg, etag } = await thumbnails.at(params['channel'] ?? '', instantMs);
        await sendStream(request, response, {
          sizeBytes: jpeg.length,
          mimeType: 'image/jpeg',
          etag,
          caching,
          read: (start, end) => Promise.resolve(Readable.from([jpeg.subarray(start, end)])),
        });
        return undefined;
      },
    },
    {
      method: 'GET',
      path: '/{channel}/{range}.vtt',
      role: 'viewer',
      async handle(call) {
        const { plan } = await askedPlan(call, parts);
        const address = (instantMs: number) => `./thumbnails/${new Date(instantMs).toISOString()}.jpg`;
        const text = thumbnailTrack(plan, address, askedStepMs(call.query.get('every')));
        await sendText(call.request, call.response, { text, mimeType: 'text/vtt' });
        return undefined;
      },
    },
  ];
}

/** Throws QUERY_INVALID. */
function askedStepMs(text: string | null): number | undefined {
  if (text === null) return undefined;
  const seconds = Number(text);
  if (seconds >= 1 && seconds <= 3600) return seconds * 1000;
  throw new ReelflowError('QUERY_INVALID', 'every: must be 1 to 3600 seconds', { field: 'every' });
}
