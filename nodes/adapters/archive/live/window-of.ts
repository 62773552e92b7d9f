import type { SourceWindow } from '../../../core/archive/live-source.ts';
import type { TrackState } from './track-feed.ts';

/** No source keeps a list over an outage of this length: its clock was wrong, and has been set right. */
const clockJumpMs = 24 * 3600_000;

/**
 * What a source has, by what its main track has. An encoder that began in 1970, until it was told the time, has not got the
 * years in between: its window is what it has of the time it believes in now.
 */
export function windowOf(
  { segments, targetDurationMs, isEnded }: Pick<TrackState, 'segments' | 'targetDurationMs' | 'isEnded'>,
  now: number,
): SourceWindow {
  const jump = segments.findLastIndex(({ startMs }, index) => {
    const before = segments[index - 1];
    return before !== undefined && startMs - before.endMs > clockJumpMs;
  });
  const first = segments[Math.max(0, jump)];
  return { startMs: first?.startMs ?? now, endMs: segments.at(-1)?.endMs ?? now, targetDurationMs, isEnded };
}
