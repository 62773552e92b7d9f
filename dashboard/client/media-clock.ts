import type { Stretch } from './timeline.ts';

/** A segment: where it lies on the video's timeline, in seconds, and on the clock, epoch ms. */
export interface HlsFragment {
  start: number;
  duration: number;
  programDateTime: number | null;
}

/** From the first to the last segment on the clock, holes between them included; undefined while there is none. */
export function playedSpan(fragments: readonly HlsFragment[]): Stretch | undefined {
  const dated = fragments.filter(({ programDateTime }) => programDateTime !== null);
  const from = dated[0]?.programDateTime;
  const last = dated.at(-1);
  if (from === undefined || from === null || !last) return undefined;
  return { from, to: (last.programDateTime ?? from) + last.duration * 1000 };
}

/**
 * Where a time of day lies on the video's timeline, in seconds: a hole has no place there, so what comes after it does.
 * Undefined while nothing is known.
 */
export function mediaTimeOf(fragments: readonly HlsFragment[], instant: number): number | undefined {
  const dated = fragments.filter(({ programDateTime }) => programDateTime !== null);
  const isWithin = ({ programDateTime, duration }: HlsFragment) => instant < (programDateTime ?? 0) + duration * 1000;
  const found = dated.find(isWithin);
  const last = dated.at(-1);
  if (!found) return last && last.start + last.duration;
  return found.start + Math.max(0, instant - (found.programDateTime ?? 0)) / 1000;
}
