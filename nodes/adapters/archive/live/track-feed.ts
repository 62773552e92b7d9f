import type { LostSegments, TimedSegment } from '../../../core/archive/segment-timeline.ts';
import type { Container, Track } from '../../../core/archive/track.ts';
import type { ReelflowError } from '../../../core/errors.ts';
import type { Clock } from '../../../core/time/clock.ts';
import type { ListedPart } from './listed-part.ts';

export interface SourceOptions {
  clock: Clock;
  /** For the head of an answer and between its pieces. */
  timeoutMs: number;
}

/** What a source said of one of its tracks when it was last read. */
export interface TrackState {
  segments: TimedSegment<ListedPart>[];
  container: Container;
  targetDurationMs: number;
  isEnded: boolean;
  /** Wall clock when something new was last in it, and how far behind the clock it was then. */
  grewAt: number;
  lagMs: number;
}

/** One track of a live source, looked at again and again while somebody reads it. See RepeatedLook. */
export interface TrackFeed {
  /** As it was last described. */
  readonly named: Omit<Track, 'container'>;
  readonly state: TrackState | undefined;
  readonly looks: number;
  readonly trouble: ReelflowError | undefined;
  readonly changed: Promise<void>;
  /** That passed by between two looks; the same objects each time. */
  readonly losses: readonly LostSegments[];
  keepReading(): () => void;
}

/** @param before of the look before */
export function growthOf(
  endMs: number | undefined,
  endBeforeMs: number | undefined,
  now: number,
  before: TrackState | undefined,
): Pick<TrackState, 'grewAt' | 'lagMs'> {
  if (endMs !== undefined && endMs !== endBeforeMs) return { grewAt: now, lagMs: Math.max(0, now - endMs) };
  return { grewAt: before?.grewAt ?? now, lagMs: before?.lagMs ?? 0 };
}
