import type { IncomingMessage } from 'node:http';
import type { Call, Route } from '../adapters/http/router.ts';
import { sendText } from '../adapters/http/send-text.ts';
import { ReelflowError } from '../core/errors.ts';
import type { AskedRange } from '../core/playback/asked-range.ts';
import { type SmilStyle, smilStyles } from '../core/playback/smil.ts';
import { askedRange } from './asked.ts';
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
    const text = await playback.smil(call.params['channel'] ?? '', asked, {
      style: askedStyle(call),
      base: baseOf(call.request),
    });
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

function baseOf({ headers, socket }: IncomingMessage): string {
  return `${'encrypted' in socket ? 'https' : 'http'}://${headers.host ?? 'localhost'}`;
}
