import type { RepresentationInfo } from 'mpd-parser';

/** Segments of equal length, one after the other; times and lengths in units of the template's `timescale`. */
export interface SegmentRun {
  /** Of the first one. */
  number: number;
  time: number;
  length: number;
  count: number;
}

/** Seconds since the presentation's availability start. */
export interface Availability {
  now: number;
  periodStart: number;
  /** Where the next period begins, or the presentation ends. */
  periodEnd: number | undefined;
  /** How far back the source keeps what it had. */
  depth: number;
}

/** Newest ones of a track that are looked at: 28 hours of two seconds. */
const mostSegments = 50_000;

/**
 * Which segments a representation has now (ISO/IEC 23009-1, 5.3.9.6 and 5.3.9.5.3), in the order of time: those of its
 * timeline, or those that its fixed duration lets expect. Of the latter the newest is left out: it may come late, and one
 * that is asked for too early would be taken for lost.
 */
export function segmentRuns(
  { template = {}, segmentTimeline }: RepresentationInfo['segmentInfo'],
  available: Availability,
): SegmentRun[] {
  const { timescale = 1, duration } = template;
  const runs = segmentTimeline
    ? runsOfTimeline(segmentTimeline, { ...template, timescale }, available)
    : duration !== undefined && duration > 0
      ? runsOfDuration({ ...template, timescale, duration }, available)
      : [];
  return newest(runs);
}

function runsOfTimeline(
  timeline: NonNullable<RepresentationInfo['segmentInfo']['segmentTimeline']>,
  template: { timescale: number; startNumber?: number; presentationTimeOffset?: number },
  available: Availability,
): SegmentRun[] {
  const { timescale, startNumber = 1, presentationTimeOffset = 0 } = template;
  const edge = Math.min(available.periodEnd ?? Number.POSITIVE_INFINITY, available.now) - available.periodStart;
  const edgeTime = presentationTimeOffset + edge * timescale;
  const runs: SegmentRun[] = [];
  let time = 0;
  let number = startNumber;
  for (const [index, { t, d = 0, r = 0 }] of timeline.entries()) {
    if (t !== undefined) time = t;
    if (!(d > 0)) continue;
    // "Until the next one, or as long as there is something."
    const until = timeline[index + 1]?.t ?? edgeTime;
    const count = r < 0 ? Math.max(0, Math.floor((until - time) / d)) : r + 1;
    if (count > 0) runs.push({ number, time, length: d, count });
    time += d * count;
    number += count;
  }
  return runs;
}

function runsOfDuration(
  template: {
    timescale: number;
    duration: number;
    startNumber?: number;
    endNumber?: string;
    presentationTimeOffset?: number;
  },
  { now, periodStart, periodEnd, depth }: Availability,
): SegmentRun[] {
  const { timescale, duration, startNumber = 1, endNumber, presentationTimeOffset = 0 } = template;
  const seconds = duration / timescale;
  const late = 1;
  const first = Math.max(0, Math.ceil((now - periodStart - depth) / seconds));
  const ends = [Math.floor((now - periodStart) / seconds) - late];
  // Rounded: a period of whole segments must not have one more or less by a bit.
  if (periodEnd !== undefined) ends.push(Math.ceil(Number(((periodEnd - periodStart) / seconds).toFixed(6))));
  if (endNumber !== undefined) ends.push(Number(endNumber) - startNumber + 1);
  const count = Math.min(...ends) - first;
  if (!(count > 0)) return [];
  return [{ number: startNumber + first, time: presentationTimeOffset + first * duration, length: duration, count }];
}

function newest(runs: readonly SegmentRun[]): SegmentRun[] {
  let left = mostSegments;
  const kept: SegmentRun[] = [];
  for (const { number, time, length, count } of runs.toReversed()) {
    const taken = Math.min(count, left);
    const skipped = count - taken;
    if (taken > 0) kept.unshift({ number: number + skipped, time: time + skipped * length, length, count: taken });
    left -= taken;
  }
  return kept;
}
