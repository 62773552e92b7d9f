import type { Call } from '../adapters/http/router.ts';
import { ReelflowError } from '../core/errors.ts';
import { type AskedRange, parseAliasRange, parseRange } from '../core/playback/asked-range.ts';
import { type GapMode, gapModes, type PlaybackPlan, refuseGaps } from '../core/playback/playback-plan.ts';
import type { PlaybackParts } from './playback-doors.ts';

/** The range in the address. Throws RANGE_INVALID. */
export function askedRange({ params }: Call, now: number): AskedRange {
  const text = params['range'] ?? '';
  return parseAliasRange(text, now) ?? parseRange(text, now);
}

/** `?gap=skip|mark|fail`; default skip. Throws QUERY_INVALID. */
export function askedGap({ query }: Call): GapMode {
  const text = query.get('gap') ?? 'skip';
  const mode = gapModes.find((one) => one === text);
  if (mode) return mode;
  throw new ReelflowError('QUERY_INVALID', `gap: must be one of ${gapModes.join(', ')}`, { field: 'gap' });
}

/** What there is of the asked range; `fail` refuses a torn one with RANGE_HAS_GAPS. */
export async function askedPlan(
  call: Call,
  parts: PlaybackParts,
): Promise<{ plan: PlaybackPlan; gap: Exclude<GapMode, 'fail'> }> {
  const { playback, now } = parts();
  const gap = askedGap(call);
  const plan = await playback.plan(call.params['channel'] ?? '', askedRange(call, now()));
  if (gap !== 'fail') return { plan, gap };
  refuseGaps(plan);
  return { plan, gap: 'skip' };
}

/** Parts of the query that playlists named by a playlist need as well. */
export function carriedQuery({ query }: Call): string {
  const gap = query.get('gap');
  return gap === null ? '' : `?gap=${encodeURIComponent(gap)}`;
}
