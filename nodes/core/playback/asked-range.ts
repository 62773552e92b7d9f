import type { Span } from '../archive/chunk.ts';
import { ReelflowError } from '../errors.ts';
import { parseInstant } from './instant-text.ts';

/** Longest range that one playlist covers: a week of two-second segments is some 300 000 lines. */
const longestMs = 7 * 24 * 3600_000;

/** What somebody wants to see. Epoch ms. */
export interface AskedRange extends Span {
  /** The end is "now" and moves on: the playlist grows until somebody names an end. */
  isOpen: boolean;
}

/**
 * Reads `{start}--{end}`; the end may be the word `now`.
 *
 * Throws RANGE_INVALID for what is no range, ends before it begins, or is longer than a week.
 */
export function parseRange(text: string, now: number): AskedRange {
  const [start, end, ...more] = text.split('--');
  if (start === undefined || end === undefined || more.length > 0) {
    throw new ReelflowError('RANGE_INVALID', 'range: must be {start}--{end}', { field: 'range' });
  }
  const isOpen = end.toLowerCase() === 'now';
  return checkRange({
    startMs: parseInstant(start, 'start'),
    endMs: isOpen ? now : parseInstant(end, 'end'),
    isOpen,
  });
}

/**
 * Reads the forms that Flussonic's users have in their links, times in Unix seconds: `archive-{from}-{seconds}`,
 * `archive-{from}-now`, and `rewind-{seconds}`, which begins so long ago and goes on. Undefined for anything else.
 *
 * Throws as parseRange.
 */
export function parseAliasRange(text: string, now: number): AskedRange | undefined {
  const fixed = /^archive-(\d{1,12})-(\d{1,9}|now)$/.exec(text);
  if (fixed) {
    const startMs = Number(fixed[1]) * 1000;
    const isOpen = fixed[2] === 'now';
    return checkRange({ startMs, endMs: isOpen ? now : startMs + Number(fixed[2]) * 1000, isOpen });
  }
  const rewind = /^rewind-(\d{1,9})$/.exec(text);
  return rewind ? checkRange({ startMs: now - Number(rewind[1]) * 1000, endMs: now, isOpen: true }) : undefined;
}

/** Throws RANGE_INVALID for what ends before it begins, or is longer than a week. */
export function checkRange(range: AskedRange): AskedRange {
  const refuse = (reason: string): never => {
    throw new ReelflowError('RANGE_INVALID', `end: ${reason}`, { field: 'end' });
  };
  if (range.endMs <= range.startMs) return refuse('must be after the start');
  if (range.endMs - range.startMs > longestMs) return refuse('must be within seven days of the start');
  return range;
}
