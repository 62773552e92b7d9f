import type { ProbeResult } from '../core/camera-list/probe-result.ts';
import type { NodeStatus } from '../kit/node-spec.ts';

/** The short text under the node: how many it looks at, or what it found last. Pure. */
export function statusOf(looking: number, last: { name: string; probe: ProbeResult } | undefined): NodeStatus {
  if (looking > 0) {
    return { fill: 'blue', shape: 'dot', text: looking === 1 ? 'looks at a camera' : `looks at ${looking} cameras` };
  }
  if (!last) return { fill: 'grey', shape: 'ring', text: 'ready' };
  const { name, probe } = last;
  if (!probe.ok) return { fill: 'red', shape: 'ring', text: `${name}: ${probe.message}` };
  return { fill: 'green', shape: 'dot', text: `${name}: ${tracksOf(probe)}` };
}

function tracksOf(probe: Extract<ProbeResult, { ok: true }>): string {
  const words = probe.tracks.map(({ kind, codec, width, height }) =>
    kind === 'video' && width && height ? `${codec} ${width}x${height}` : codec,
  );
  return words.length > 0 ? words.join(', ') : 'nothing';
}
