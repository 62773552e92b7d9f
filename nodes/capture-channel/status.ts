import type { ChannelView } from '../core/archive/archive.ts';
import type { NodeStatus } from '../kit/node-spec.ts';

/** The short text under the node: one channel, or all of them together. Pure. */
export function statusOf(views: readonly ChannelView[], name: string): NodeStatus {
  const own = name === '' ? views : views.filter(({ channel }) => channel.name === name);
  if (own.length === 0) return { fill: 'grey', shape: 'ring', text: 'no channel yet' };
  const troubled = own.find(({ trouble }) => trouble);
  if (troubled?.trouble) {
    return { fill: 'red', shape: 'ring', text: `${troubled.channel.name}: ${troubled.trouble.message}` };
  }
  if (own.every(({ channel }) => !channel.isEnabled)) return { fill: 'grey', shape: 'dot', text: 'switched off' };
  const chunks = own.reduce((sum, { totals }) => sum + totals.chunkCount, 0);
  const partial = own.reduce((sum, { totals }) => sum + totals.partialCount, 0);
  const many = own.length > 1 ? `${own.length} channels, ` : '';
  const holed = partial > 0 ? `, ${partial} with holes` : '';
  return { fill: partial > 0 ? 'yellow' : 'green', shape: 'dot', text: `${many}${chunks} chunks${holed}` };
}
