import type { Route } from '../adapters/http/router.ts';
import { ReelflowError } from '../core/errors.ts';

/**
 * `/ism` of the replaced archiver. Its server manifests were made by mp4split, for Unified Origin alone: without that
 * licence there is nothing that could read one, so they are gone, and the answer names what plays instead. Players'
 * addresses below a manifest (`.ism/.m3u8`, `.ism/.mpd`), which Origin answered, lead on to ours.
 */
export function ismRoutes(): Route[] {
  return [
    {
      method: 'GET',
      path: '/{channel}/{range}.ism/{player...}',
      role: 'viewer',
      handle({ params }) {
        const ending = /\.(m3u8|mpd)$/.exec(params['player'] ?? '')?.[1];
        if (!ending) throw gone(params);
        return { status: 308, headers: { Location: address(params, ending) } };
      },
    },
    {
      method: 'GET',
      path: '/{channel}/{range}.ism',
      role: 'viewer',
      handle({ params }) {
        throw gone(params);
      },
    },
  ];
}

function address({ channel = '', range = '' }: Readonly<Record<string, string>>, ending: string): string {
  return `/archive/${encodeURIComponent(channel)}/${encodeURIComponent(range).replaceAll('%3A', ':')}.${ending}`;
}

function gone(params: Readonly<Record<string, string>>): ReelflowError {
  return new ReelflowError(
    'MANIFEST_GONE',
    `server manifests are not made any more; play ${address(params, 'm3u8')} (HLS) or ${address(params, 'mpd')} (DASH)`,
  );
}
