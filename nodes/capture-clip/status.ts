import type { Clip } from '../core/clips/clip.ts';
import type { NodeStatus } from '../kit/node-spec.ts';

/** The short text under the node: how many files it waits for, or what it made last. Pure. */
export function statusOf(waiting: number, last: Clip | undefined): NodeStatus {
  if (waiting > 0)
    return { fill: 'blue', shape: 'dot', text: waiting === 1 ? 'makes a file' : `makes ${waiting} files` };
  const result = last?.result;
  if (!last || !result) return { fill: 'grey', shape: 'ring', text: 'ready' };
  const seconds = Math.round(result.durationMs / 1000);
  const gaps = result.gaps.length === 0 ? '' : `, ${result.gaps.length} gaps left out`;
  return { fill: 'green', shape: 'dot', text: `${last.job.data.channel}: ${seconds} s${gaps}` };
}
