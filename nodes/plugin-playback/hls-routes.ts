import type { Call, Route } from '../adapters/http/router.ts';
import { sendText } from '../adapters/http/send-text.ts';
import { ReelflowError } from '../core/errors.ts';
import { masterPlaylist, needsMaster } from '../core/playback/hls-master-playlist.ts';
import { mediaPlaylist } from '../core/playback/hls-media-playlist.ts';
import { askedPlan, carriedQuery } from './asked.ts';
import type { PlaybackParts } from './playback-doors.ts';
import { channelLines } from './segment-lines.ts';

/** RFC 8216 section 4 */
const mimeType = 'application/vnd.apple.mpegurl';

/**
 * - `/archive/{channel}/{start}--{end}.m3u8`: the range as HLS; a master playlist where the channel has several tracks.
 * - `/archive/{channel}/{start}--{end}/{track}.m3u8`: one track of it.
 *
 * Query: `gap` = `skip` (default), `mark`, `fail`.
 */
export function hlsRoutes(parts: PlaybackParts): Route[] {
  const send = async (call: Call, text: string): Promise<undefined> => {
    await sendText(call.request, call.response, { text, mimeType });
    return undefined;
  };
  return [
    {
      method: 'GET',
      path: '/{channel}/{range}.m3u8',
      role: 'viewer',
      async handle(call) {
        const { plan, gap } = await askedPlan(call, parts);
        const [track] = plan.tracks;
        if (!needsMaster(plan)) {
          const lines = await channelLines(parts, plan.channel);
          return await send(call, mediaPlaylist(plan, { track, gap, lines }));
        }
        const range = encodeURIComponent(call.params['range'] ?? '').replaceAll('%3A', ':');
        const address = (name: string) => `./${range}/${encodeURIComponent(name)}.m3u8${carriedQuery(call)}`;
        return await send(call, masterPlaylist(plan, address));
      },
    },
    {
      method: 'GET',
      path: '/{channel}/{range}/{track}.m3u8',
      role: 'viewer',
      async handle(call) {
        const { plan, gap } = await askedPlan(call, parts);
        const name = call.params['track'];
        const track = plan.tracks.find((one) => one.track.track === name);
        if (!track) throw new ReelflowError('TRACK_UNKNOWN', `the range has no track "${name}"`, { field: 'track' });
        const lines = await channelLines(parts, plan.channel, '../');
        return await send(call, mediaPlaylist(plan, { track, gap, lines }));
      },
    },
  ];
}
