import type { ChannelView } from '../core/archive/archive.ts';
import type { NodeStatus } from '../kit/node-spec.ts';

type Text = (key: string, values?: Record<string, string | number>) => string;

/** The short text under the node: one channel, or all of them together. Pure. */
export function statusOf(views: readonly ChannelView[], name: string, text: Text): NodeStatus {
  const own = name === '' ? views : views.filter(({ channel }) => channel.name === name);
  const [first] = own;
  if (!first) return { fill: 'grey', shape: 'ring', text: text('status.none') };
  const chunks = own.reduce((sum, { totals }) => sum + totals.chunkCount, 0);
  const partial = own.reduce((sum, { totals }) => sum + totals.partialCount, 0);
  const counted = partial > 0 ? text('status.partial', { chunks, partial }) : text('status.chunks', { chunks });
  const troubled = own.find(({ trouble }) => trouble);
  if (troubled?.trouble) {
    return { fill: 'red', shape: 'ring', text: `${troubled.channel.name}: ${troubled.trouble.message}` };
  }
  if (own.every(({ channel }) => !channel.isEnabled)) return { fill: 'grey', shape: 'dot', text: text('status.off') };
  const many = own.length > 1 ? `${text('status.channels', { count: own.length })}, ` : '';
  return { fill: partial > 0 ? 'yellow' : 'green', shape: 'dot', text: many + counted };
}
