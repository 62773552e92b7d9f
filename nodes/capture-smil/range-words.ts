import { isoSeconds } from '../core/archive/chunk-key.ts';
import type { PlaybackPlan } from '../core/playback/playback-plan.ts';
import type { NodeStatus } from '../kit/node-spec.ts';

/** What a flow hears of a range: what was asked for, what there is of it, and where it plays. Times are epoch ms. */
export function payloadOf(plan: PlaybackPlan, base: string): object {
  const { channel, asked, delivered, deliveredMs, gaps, tracks } = plan;
  const address = `${base}/archive/${channel}/${isoSeconds(asked.startMs)}--${isoSeconds(asked.endMs)}`;
  // DASH players read no MPEG-TS.
  const hasDash = tracks.every(({ track }) => track.container === 'fmp4');
  return {
    channel,
    start: asked.startMs,
    end: asked.endMs,
    askedMs: asked.endMs - asked.startMs,
    deliveredStart: delivered.startMs,
    deliveredEnd: delivered.endMs,
    deliveredMs: Math.round(deliveredMs),
    gaps: gaps.map(({ startMs: start, endMs: end, track, code }) => ({ start, end, track, code })),
    hls: `${address}.m3u8`,
    ...(hasDash ? { dash: `${address}.mpd` } : {}),
  };
}

/** The short text under the node. */
export function statusOf({ channel, deliveredMs, gaps }: PlaybackPlan): NodeStatus {
  const isWhole = gaps.length === 0;
  const rest = isWhole ? '' : `, ${gaps.length} ${gaps.length === 1 ? 'gap' : 'gaps'}`;
  const text = `${channel}: ${Math.round(deliveredMs / 1000)} s${rest}`;
  return { fill: isWhole ? 'green' : 'yellow', shape: 'dot', text };
}
