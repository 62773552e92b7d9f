import type { Route } from '../adapters/http/router.ts';
import { sendStream } from '../adapters/http/send-stream.ts';
import { mimeTypeOf, parseKey } from '../core/archive/chunk-key.ts';
import { ReelflowError } from '../core/errors.ts';
import type { PlaybackParts } from './playback-doors.ts';

/** With the revision in its address an object never changes. */
const forEver = 'private, max-age=31536000, immutable';

/**
 * `/archive/{channel}/objects/{day}/{start}--{end}...`: a stored object, whole or by Range, streamed from the store.
 * Where its store is set up so, GET is sent there. Only what the index names is given out. `?v=` is the revision that a playlist was made of.
 */
export function objectRoute(parts: PlaybackParts): Route {
  return {
    method: 'GET',
    path: '/{channel}/objects/{path...}',
    role: 'viewer',
    async handle({ request, response, params, query }) {
      const { playback, archive } = parts();
      const { channel = '', path = '' } = params;
      const key = `${channel}/${path}`;
      const span = parseKey(key);
      const chunk = span && archive.isUsed ? await (await archive.open()).chunk(channel, span.startMs) : undefined;
      const object = chunk?.state === 'complete' ? chunk.objects.find((one) => one.key === key) : undefined;
      if (!chunk || !object) throw new ReelflowError('OBJECT_UNKNOWN', 'the archive has no such object');
      const asked = query.get('v');
      if (asked !== null && asked !== String(chunk.revision)) {
        throw new ReelflowError('OBJECT_UNKNOWN', 'a better capture has taken its place; load the playlist again');
      }
      // A link is made for one method; HEAD is answered from the index.
      const link = request.method === 'GET' ? await playback.link(channel, key) : undefined;
      if (link !== undefined) return { status: 302, headers: { Location: link, 'Cache-Control': 'no-store' } };
      await sendStream(request, response, {
        sizeBytes: object.sizeBytes,
        mimeType: mimeTypeOf(object.container),
        etag: object.sha256.slice(0, 40),
        caching: asked === null ? 'private, no-cache' : forEver,
        read: (start, end, abort) => playback.read(channel, key, { start, end }, abort),
      });
      return undefined;
    },
  };
}
