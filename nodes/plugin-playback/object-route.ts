import type { Call, Route } from '../adapters/http/router.ts';
import { sendStream } from '../adapters/http/send-stream.ts';
import type { ArchiveDoor } from '../core/archive/archive.ts';
import type { Chunk, ChunkObject } from '../core/archive/chunk.ts';
import { mimeTypeOf, parseKey } from '../core/archive/chunk-key.ts';
import { ReelflowError } from '../core/errors.ts';
import type { PlaybackParts } from './playback-doors.ts';

/** With the revision in its address an object never changes. */
const forEver = 'private, max-age=31536000, immutable';

/**
 * `/archive/{channel}/objects/{day}/{start}--{end}...`: a stored object, whole or by Range, streamed from the store.
 * Where its store is set up so, GET is sent there, unless the channel's HLS is encrypted. Only what the index names is given out. `?v=` is the revision that a playlist was made of.
 */
export function objectRoute(parts: PlaybackParts): Route {
  return {
    method: 'GET',
    path: '/{channel}/objects/{path...}',
    role: 'viewer',
    async handle(call) {
      const { channel = '', path = '' } = call.params;
      const { playback, archive } = parts();
      const found = await findObject(archive, channel, path, call.query.get('v'));
      // A link is made for one method; HEAD is answered from the index.
      const link = call.request.method === 'GET' ? await playback.link(channel, found.object.key) : undefined;
      if (link !== undefined) return { status: 302, headers: { Location: link, 'Cache-Control': 'no-store' } };
      await sendObject(call, parts, found);
      return undefined;
    },
  };
}

export interface FoundObject {
  channel: string;
  chunk: Chunk;
  object: ChunkObject;
}

/** @param asked the revision; null: whatever there is. Rejects with OBJECT_UNKNOWN */
export async function findObject(
  archive: ArchiveDoor,
  channel: string,
  path: string,
  asked: string | null,
): Promise<FoundObject> {
  const key = `${channel}/${path}`;
  const span = parseKey(key);
  const chunk = span && archive.isUsed ? await (await archive.open()).chunk(channel, span.startMs) : undefined;
  const object = chunk?.state === 'complete' ? chunk.objects.find((one) => one.key === key) : undefined;
  if (!chunk || !object) throw new ReelflowError('OBJECT_UNKNOWN', 'the archive has no such object');
  if (asked !== null && asked !== String(chunk.revision)) {
    throw new ReelflowError('OBJECT_UNKNOWN', 'a better capture has taken its place; load the playlist again');
  }
  return { channel, chunk, object };
}

/** Through us, never by a link into the store, which would show all of it. */
export async function sendObject(call: Call, parts: PlaybackParts, { channel, object }: FoundObject): Promise<void> {
  await sendStream(call.request, call.response, {
    sizeBytes: object.sizeBytes,
    mimeType: mimeTypeOf(object.container),
    etag: object.sha256.slice(0, 40),
    caching: call.query.has('v') ? forEver : 'private, no-cache',
    read: (start, end, abort) => parts().playback.read(channel, object.key, { start, end }, abort),
  });
}
