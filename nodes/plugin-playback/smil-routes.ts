import type { Call, Route } from '../adapters/http/router.ts';
import { sendText } from '../adapters/http/send-text.ts';
import type { StoreSettings } from '../core/archive/channel.ts';
import { type Chunk, storeIdOf } from '../core/archive/chunk.ts';
import { ReelflowError } from '../core/errors.ts';
import type { AskedRange } from '../core/playback/asked-range.ts';
import { type SmilStyle, smilStyles, writeSmil } from '../core/playback/smil.ts';
import { s3ObjectUrl } from '../core/s3/s3-place.ts';
import { askedRange } from './asked.ts';
import { objectAddress } from './object-address.ts';
import type { PlaybackParts } from './playback-doors.ts';

const minuteMs = 60_000;

/**
 * The SMIL of the replaced archiver, for Unified Remix:
 * - `/smil/`: `alive`.
 * - `/smil/{channel}/{start}--{end}.smil`, also without `.smil`; `?style=npvr` (default) or `continuous`.
 * - `/smil/{channel}/fixed.smil`: five minutes of an hour ago.
 */
export function smilRoutes(parts: PlaybackParts): Route[] {
  const answer = async (call: Call, asked: AskedRange): Promise<undefined> => {
    const { playback } = parts();
    const channel = call.params['channel'] ?? '';
    const style = askedStyle(call);
    const chunks = await playback.smilChunks(channel, asked);
    const source = await sourceOf(call, channel, chunks, parts);
    const text = writeSmil(asked, chunks, { style, source });
    await sendText(call.request, call.response, { text, mimeType: 'application/xml' });
    return undefined;
  };
  const range = (call: Call) => answer(call, askedRange(call, parts().now()));
  return [
    {
      method: 'GET',
      path: '/',
      role: 'viewer',
      async handle({ request, response }) {
        await sendText(request, response, { text: 'alive', mimeType: 'text/plain' });
        return undefined;
      },
    },
    {
      method: 'GET',
      path: '/{channel}/fixed.smil',
      role: 'viewer',
      handle: (call) => {
        const startMs = Math.floor(parts().now() / minuteMs) * minuteMs - 60 * minuteMs;
        return answer(call, { startMs, endMs: startMs + 5 * minuteMs, isOpen: false });
      },
    },
    { method: 'GET', path: '/{channel}/{range}.smil', role: 'viewer', handle: range },
    { method: 'GET', path: '/{channel}/{range}', role: 'viewer', handle: range },
  ];
}

/** Throws QUERY_INVALID. */
function askedStyle({ query }: Call): SmilStyle {
  const text = query.get('style') ?? 'npvr';
  const style = smilStyles.find((one) => one === text);
  if (style) return style;
  throw new ReelflowError('QUERY_INVALID', `style: must be one of ${smilStyles.join(', ')}`, { field: 'style' });
}

/** In an object store its address there, not signed: Remix has keys of its own. In our folder our own address. */
async function sourceOf(
  call: Call,
  channel: string,
  chunks: readonly Chunk[],
  parts: PlaybackParts,
): Promise<(chunk: Chunk) => string> {
  const archive = await parts().archive.open();
  const stores = new Map<string, StoreSettings | undefined>();
  for (const id of new Set(chunks.map(storeIdOf))) stores.set(id, await archive.store(id));
  const { host = 'localhost' } = call.request.headers;
  const scheme = 'encrypted' in call.request.socket ? 'https' : 'http';
  const base = `${scheme}://${host}/archive/${encodeURIComponent(channel)}/`;
  return (chunk) => {
    const { objects, revision } = chunk;
    const [object] = objects;
    if (!object) return base;
    const store = stores.get(storeIdOf(chunk));
    return store ? s3ObjectUrl(store, object.key) : `${base}${objectAddress({ object, revision })}`;
  };
}
