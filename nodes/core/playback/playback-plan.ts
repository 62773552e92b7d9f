import type { Chunk, Segment, Span } from '../archive/chunk.ts';
import { isoSeconds } from '../archive/chunk-key.ts';
import { overlaps } from '../archive/chunk-plan.ts';
import { uncovered } from '../archive/coverage.ts';
import { ReelflowError } from '../errors.ts';
import type { AskedRange } from './asked-range.ts';
import { type PlayedTrack, playedTracks } from './played-track.ts';

/**
 * What a playlist does about a stretch that the archive has not got: `skip` joins what is on both sides, `mark` keeps its
 * length (EXT-X-GAP), `fail` refuses the range.
 */
export const gapModes = ['skip', 'mark', 'fail'] as const;
export type GapMode = (typeof gapModes)[number];

/** A stretch of the asked range without media. */
export interface Gap extends Span {
  track: string;
  /** Of the archive's hole, or NOT_ARCHIVED, EXPIRED (by the retention), NOT_YET (still to come), and what the missing chunk says. */
  code: string;
}

/** What there is of a range, and what there is not. */
export interface PlaybackPlan {
  channel: string;
  asked: AskedRange;
  /** More may come: a playlist of it is not ended. */
  isGrowing: boolean;
  /** The main track first; never empty. */
  tracks: [PlayedTrack, ...PlayedTrack[]];
  /** From the first to the last segment of the main track: whole segments, so a little more than was asked for. */
  delivered: Span;
  /** Media in it, ms. */
  deliveredMs: number;
  gaps: Gap[];
}

export interface PlanParts {
  channel: string;
  asked: AskedRange;
  /** One for each chunk's time in the range, and the one before where a segment of it reaches into the range. */
  chunks: readonly Chunk[];
  /** That overlap the range, by track and then by time. */
  segments: readonly Segment[];
  now: number;
}

/**
 * Lays out a range.
 *
 * Throws RANGE_EMPTY when the archive has nothing of it, with the reason.
 */
export function planPlayback({ channel, asked, chunks, segments, now }: PlanParts): PlaybackPlan {
  const unsettled = chunks.find((chunk) => isUnsettled(chunk) && overlaps(chunk, asked));
  const isGrowing = asked.isOpen || asked.endMs > now || unsettled !== undefined;
  // What a growing playlist has said once must stay: nothing behind a chunk that is still on its way is told before it.
  const endMs = isGrowing ? Math.min(asked.endMs, unsettled?.startMs ?? asked.endMs) : asked.endMs;
  const told = segments.filter(({ startMs }) => startMs < endMs);
  const [main, ...others] = playedTracks(chunks, told);
  if (!main) throw nothing(channel, asked, chunks, now);
  const tracks: PlaybackPlan['tracks'] = [main, ...others];
  return {
    channel,
    asked,
    isGrowing,
    tracks,
    ...deliveredOf(main),
    gaps: tracks.flatMap((track) => gapsOf(track, { startMs: asked.startMs, endMs }, chunks, now)),
  };
}

/** What there is of a track, which has something. */
export function deliveredOf({ runs }: PlayedTrack): Pick<PlaybackPlan, 'delivered' | 'deliveredMs'> {
  let deliveredMs = 0;
  for (const { segments } of runs) for (const { durationMs } of segments) deliveredMs += durationMs;
  return { delivered: { startMs: runs[0]?.startMs ?? 0, endMs: runs.at(-1)?.endMs ?? 0 }, deliveredMs };
}

/** Throws RANGE_HAS_GAPS with the first of them. */
export function refuseGaps({ gaps }: PlaybackPlan): void {
  if (gaps.length === 0) return;
  const shown = gaps.slice(0, 5).map(({ startMs, endMs, track, code }) => {
    return `${isoSeconds(startMs)} to ${isoSeconds(endMs)} (${track}, ${code})`;
  });
  const more = gaps.length > shown.length ? ` and ${gaps.length - shown.length} more` : '';
  throw new ReelflowError('RANGE_HAS_GAPS', `the range is not whole: ${shown.join(', ')}${more}`, { field: 'gap' });
}

function isUnsettled({ state }: Chunk): boolean {
  return state === 'expected' || state === 'capturing' || state === 'uploading';
}

function gapsOf({ track, runs }: PlayedTrack, span: Span, chunks: readonly Chunk[], now: number): Gap[] {
  // Within a run nothing is missing.
  const covered = runs.map(({ startMs, endMs }) => ({ startMs, durationMs: endMs - startMs }));
  return uncovered(span, covered).map((gap) => {
    const chunk = chunks.find((one) => overlaps(one, gap));
    // The hole of a chunk may reach into the next one, as its segments do.
    const holes = chunks.flatMap((one) => one.holes);
    const hole = holes.find((one) => one.track === track.track && overlaps(one, gap));
    const isExpired = chunk?.state === 'expired';
    const ownCode = isExpired ? 'EXPIRED' : chunk?.reason?.code;
    return { ...gap, track: track.track, code: hole?.code ?? ownCode ?? gapCode(gap, now) };
  });
}

function gapCode({ endMs }: Span, now: number): string {
  return endMs > now ? 'NOT_YET' : 'NOT_ARCHIVED';
}

function nothing(channel: string, asked: AskedRange, chunks: readonly Chunk[], now: number): ReelflowError {
  const because = (): string => {
    if (asked.startMs >= now) return 'it is in the future';
    if (chunks.some(isUnsettled)) return 'it is still on its way into the archive';
    if (chunks.some(({ state }) => state === 'expired')) return 'it was removed when its time was over';
    const reason = chunks.find(({ state }) => state === 'missing')?.reason;
    return reason ? `it is missing: ${reason.message}` : 'it was never archived';
  };
  const range = `${isoSeconds(asked.startMs)} to ${isoSeconds(asked.endMs)}`;
  return new ReelflowError('RANGE_EMPTY', `channel ${channel} has nothing from ${range}: ${because()}`);
}
