import { isPaused } from '../core/recording/pause.ts';
import type { Recording, RecordingProgress } from '../core/recording/recording.ts';
import type { NodeStatus } from '../kit/node-spec.ts';

/** The short text under the node: what it records, or what comes next, or how the last one ended. Pure. */
export function statusText(
  recordings: readonly Recording[],
  progress: readonly RecordingProgress[],
  recorderId: string,
  now: number,
): NodeStatus {
  const own = recordings.filter((recording) => recording.recorderId === recorderId);
  const running = own.filter((recording) => recording.state === 'recording');
  const first = running[0];
  if (first) {
    const isCapturing = progress.some((one) => one.recordingId === first.id && one.isCapturing);
    const more = running.length > 1 ? ` +${running.length - 1}` : '';
    if (isPaused(first)) return { fill: 'yellow', shape: 'dot', text: `${first.title}${more}: paused` };
    const left = clockText(first.plannedEnd - now);
    return isCapturing
      ? { fill: 'red', shape: 'dot', text: `${first.title}${more}, ${left} left` }
      : { fill: 'yellow', shape: 'ring', text: `${first.title}${more}: waiting for the camera` };
  }
  const finishing = own.find((recording) => recording.state === 'finishing');
  if (finishing) return { fill: 'blue', shape: 'ring', text: `finishing ${finishing.title}` };
  const next = own
    .filter((recording) => recording.state === 'armed')
    .sort((a, b) => a.plannedStart - b.plannedStart)[0];
  if (next) return { fill: 'green', shape: 'ring', text: `${next.title} in ${clockText(next.plannedStart - now)}` };
  const last = own[0];
  if (last?.state === 'failed')
    return { fill: 'red', shape: 'ring', text: `${last.title} failed: ${last.error?.message ?? ''}` };
  return { fill: 'grey', shape: 'ring', text: 'ready' };
}

function clockText(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}
