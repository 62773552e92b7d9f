import type { CameraListView } from '../core/camera-list/camera-lists.ts';
import type { NodeStatus } from '../kit/node-spec.ts';

/** The short text under the node: how many cameras, and what is wrong with the list. Pure. */
export function statusText({ cameras, lastGoodAt, lastError, problems }: CameraListView, now: number): NodeStatus {
  const count = countText(cameras.length, 'camera');
  if (lastError) {
    if (lastGoodAt === undefined) return { fill: 'red', shape: 'ring', text: lastError.message };
    const text = `${count} as of ${ageText(now - lastGoodAt)} ago: ${lastError.message}`;
    return { fill: 'yellow', shape: 'ring', text };
  }
  if (lastGoodAt === undefined) return { fill: 'grey', shape: 'ring', text: 'waiting for cameras' };
  if (problems.length > 0) {
    return { fill: 'yellow', shape: 'dot', text: `${count}; ${countText(problems.length, 'row')} left out` };
  }
  return { fill: cameras.length > 0 ? 'green' : 'grey', shape: 'dot', text: count };
}

function countText(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function ageText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
