import type { Route } from '../adapters/http/router.ts';
import type { Span } from '../core/archive/chunk.ts';
import { isoSeconds } from '../core/archive/chunk-key.ts';
import { askedPlan } from './asked.ts';
import type { PlaybackParts } from './playback-doors.ts';

/** `/archive/{channel}/{start}--{end}.json`: what there is of a range: asked, delivered, tracks, gaps. */
export function planRoute(parts: PlaybackParts): Route {
  return {
    method: 'GET',
    path: '/{channel}/{range}.json',
    role: 'viewer',
    async handle(call) {
      const { plan } = await askedPlan(call, parts);
      const { channel, asked, delivered, deliveredMs, isGrowing, tracks, gaps } = plan;
      return {
        status: 200,
        body: {
          channel,
          asked: { ...times(asked), durationMs: asked.endMs - asked.startMs },
          delivered: { ...times(delivered), durationMs: Math.round(deliveredMs) },
          isGrowing,
          tracks: tracks.map(({ track: { track, container, codecs, bandwidth, width, height } }) => {
            return { track, container, codecs, bandwidth, width, height };
          }),
          gaps: gaps.map((gap) => ({ ...times(gap), track: gap.track, code: gap.code })),
        },
      };
    },
  };
}

function times({ startMs, endMs }: Span): { start: string; end: string } {
  return { start: isoSeconds(startMs), end: isoSeconds(endMs) };
}
