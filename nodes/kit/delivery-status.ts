import type { DeliveryProgress } from '../core/delivery/deliveries.ts';
import type { NodeStatus } from './node-spec.ts';

const order = ['copying', 'verifying', 'retrying', 'waiting'] as const;

/** The short text under the node: what it delivers, what it waits for, or what was delivered last. Pure. */
export function deliveryStatus(
  deliveries: readonly DeliveryProgress[],
  deliverId: string,
  lastTitle?: string,
): NodeStatus {
  const own = deliveries
    .filter((one) => one.deliverId === deliverId)
    .sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  const [first] = own;
  if (!first) {
    return lastTitle === undefined
      ? { fill: 'grey', shape: 'ring', text: 'ready' }
      : { fill: 'green', shape: 'dot', text: `delivered ${lastTitle}` };
  }
  const more = own.length > 1 ? ` (+${own.length - 1})` : '';
  switch (first.state) {
    case 'copying':
      return { fill: 'blue', shape: 'dot', text: `delivering ${first.title} ${percent(first)} %${more}` };
    case 'verifying':
      return { fill: 'blue', shape: 'ring', text: `verifying ${first.title}${more}` };
    case 'retrying':
      return { fill: 'red', shape: 'ring', text: `${first.title}${more}: ${first.error?.message ?? 'tried again'}` };
    case 'waiting':
      return { fill: 'blue', shape: 'ring', text: `waiting: ${first.title}${more}` };
  }
}

function percent({ bytesDone, bytesTotal }: DeliveryProgress): number {
  return bytesTotal > 0 ? Math.min(100, Math.floor((bytesDone / bytesTotal) * 100)) : 0;
}
