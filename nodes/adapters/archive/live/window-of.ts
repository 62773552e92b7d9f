import type { SourceWindow } from '../../../core/archive/live-source.ts';
import type { TrackState } from './track-feed.ts';

/** What a source has, by what its main track has. */
export function windowOf(
  { segments, targetDurationMs, isEnded }: Pick<TrackState, 'segments' | 'targetDurationMs' | 'isEnded'>,
  now: number,
): SourceWindow {
  return { startMs: segments[0]?.startMs ?? now, endMs: segments.at(-1)?.endMs ?? now, targetDurationMs, isEnded };
}
