import type { Dispose } from '../core/time/clock.ts';
import type { RedEvents } from './red.ts';

const waitingFor = new WeakMap<RedEvents, Set<() => void>>();

/**
 * Calls back once at the next `flows:started`. Nodes are built one after the other: until then a message sent to a node
 * further down, or an error meant for a Catch node, is lost without a word.
 *
 * One listener for all nodes, because an emitter warns of a leak from the eleventh on.
 */
export function onceFlowsStarted(events: RedEvents, callback: () => void): Dispose {
  let waiting = waitingFor.get(events);
  if (!waiting) {
    const callbacks = new Set<() => void>();
    waiting = callbacks;
    waitingFor.set(events, callbacks);
    events.on('flows:started', () => {
      const due = [...callbacks];
      callbacks.clear();
      for (const call of due) call();
    });
  }
  waiting.add(callback);
  return () => waiting.delete(callback);
}
