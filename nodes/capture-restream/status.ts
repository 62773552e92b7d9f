import type { RestreamView } from '../core/restream/restream.ts';
import type { NodeStatus } from '../kit/node-spec.ts';

/** The short text under the node: how many are live, and what is wrong with the first that is not. Pure. */
export function statusOf(all: readonly RestreamView[], nodeId: string): NodeStatus {
  const own = all.filter((view) => view.nodeId === nodeId);
  if (own.length === 0) return { fill: 'grey', shape: 'ring', text: 'no cameras' };
  const live = own.filter(({ state }) => state === 'live').length;
  const wanted = own.filter(({ state }) => state !== 'stopped').length;
  const stopped = own.length - wanted;
  const count = `${live} of ${wanted} live${stopped > 0 ? `, ${stopped} stopped` : ''}`;
  const bad = own.find(({ state }) => state === 'unreachable' || state === 'stalled');
  if (bad) return { fill: 'red', shape: 'ring', text: `${count}; ${bad.name}: ${bad.reason?.message ?? bad.state}` };
  if (live < wanted) return { fill: 'blue', shape: 'dot', text: count };
  return { fill: live > 0 ? 'green' : 'grey', shape: live > 0 ? 'dot' : 'ring', text: count };
}
