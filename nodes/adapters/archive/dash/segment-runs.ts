import type { SegmentTemplateAttributes } from 'mpd-parser';
import type { TimelineEntry } from './taken-timelines.ts';

/** Segments of equal length, one after the other; times and lengths in units of the template's `timescale`. */
export interface SegmentRun {
  /** Of the first one. */
  number: number;
  time: bigint;
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
  template: SegmentTemplateAttributes,
  timeline: readonly TimelineEntry[] | undefined,
  available: Availability,
): SegmentRun[] {
  const { duration } = template;
  const runs = timeline
    ? runsOfTimeline(timeline, template, available)
    : duration !== undefined && duration > 0
      ? runsOfDuration({ ...template, duration }, available)
      : [];
  return newest(runs);
}

function runsOfTimeline(
  timeline: readonly TimelineEntry[],
  { timescale = 1, startNumber = 1, presentationTimeOffset = 0 }: SegmentTemplateAttributes,
  { now, periodStart, periodEnd = Number.POSITIVE_INFINITY }: Availability,
): SegmentRun[] {
  const edge = presentationTimeOffset + (Math.min(periodEnd, now) - periodStart) * timescale;
  const edgeTime = Number.isFinite(edge) ? BigInt(Math.floor(edge)) : undefined;
  const runs: SegmentRun[] = [];
  let time = 0n;
  let number = startNumber;
  for (const [index, { t, d, r }] of timeline.entries()) {
    if (t !== undefined) time = t;
    if (!(d > 0)) continue;
    const until = timeline[index + 1]?.t ?? edgeTime;
    const count = r >= 0 ? r + 1 : until === undefined ? 1 : Math.max(0, Math.floor(Number(until - time) / d));
    const last = runs.at(-1);
    if (last && last.length === d && last.time + lengthOf(last) === time) last.count += count;
    else if (count > 0) runs.push({ number, time, length: d, count });
    time += BigInt(d) * BigInt(count);
    number += count;
  }
  return runs;
}

function lengthOf({ length, count }: SegmentRun): bigint {
  return BigInt(length) * BigInt(count);
}

function runsOfDuration(
  {
    timescale = 1,
    duration,
    startNumber = 1,
    endNumber,
    presentationTimeOffset = 0,
  }: SegmentTemplateAttributes & { duration: number },
  { now, periodStart, periodEnd, depth }: Availability,
): SegmentRun[] {
  const seconds = duration / timescale;
  const late = 1;
  const first = Math.max(0, Math.ceil((now - periodStart - depth) / seconds));
  const ends = [Math.floor((now - periodStart) / seconds) - late];
  // Rounded: a period of whole segments must not have one more or less by a bit.
  if (periodEnd !== undefined) ends.push(Math.ceil(Number(((periodEnd - periodStart) / seconds).toFixed(6))));
  if (endNumber !== undefined) ends.push(Number(endNumber) - startNumber + 1);
  const count = Math.min(...ends) - first;
  if (!(count > 0)) return [];
  const time = BigInt(Math.round(presentationTimeOffset + first * duration));
  return [{ number: startNumber + first, time, length: duration, count }];
}

function newest(runs: readonly SegmentRun[]): SegmentRun[] {
  let left = mostSegments;
  const kept: SegmentRun[] = [];
  for (const { number, time, length, count } of runs.toReversed()) {
    if (left === 0) break;
    const taken = Math.min(count, left);
    const skipped = count - taken;
    kept.push({ number: number + skipped, time: time + BigInt(length) * BigInt(skipped), length, count: taken });
    left -= taken;
  }
  return kept.reverse();
}
