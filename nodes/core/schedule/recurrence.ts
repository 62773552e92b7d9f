import ICAL from 'ical.js';
import { ReelflowError } from '../errors.ts';
import type { LocalMs } from './zone.ts';

/** How many steps of all rules of one calendar together may be tried: a hostile rule must not stop the process. */
export interface RuleBudget {
  stepsLeft: number;
}

/** Some 0.3 s in all; a rule that comes to nothing may use up a quarter of it. */
export function newRuleBudget(): RuleBudget {
  return { stepsLeft: 400_000 };
}

const maxStepsOfOneRule = 100_000;

export interface RuleWindow {
  from: LocalMs;
  to: LocalMs;
}

const second = 1000;
const unitMs: Record<string, number> = {
  SECONDLY: second,
  MINUTELY: 60 * second,
  HOURLY: 3600 * second,
  DAILY: 86_400 * second,
  WEEKLY: 604_800 * second,
};

/** Beyond this an interval reaches past any calendar, and ical.js walks it month by month. */
const longestIntervalMs = 1000 * 366 * 86_400 * second;

/**
 * Occurrences of an RRULE (RFC 5545 section 3.3.10) as local times in [from, to), at most `limit`.
 *
 * ical.js 2.2.1 does the work, under guard: rules that can never come true (FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30) loop for
 * ever in it, and it is wrong about a few rare rules, which are refused here rather than recorded at the wrong time.
 *
 * @param rule value of the property, without UNTIL where the caller compares that itself (it is an instant, not local)
 * @throws RULE_INVALID, RULE_UNSUPPORTED, RULE_TOO_EXPENSIVE
 */
export function expandRule(
  rule: string,
  start: LocalMs,
  window: RuleWindow,
  budget: RuleBudget,
  limit = 10_000,
): LocalMs[] {
  const recur = parseRule(rule);
  const first = recur.count ? start : fastForward(recur, start, window.from);
  // The end of the window as UNTIL keeps ical.js from searching on for rare dates.
  recur.until = toTime(window.to);
  const found: LocalMs[] = [];
  try {
    const iterator = new GuardedIterator(recur, toTime(first), budget, window.to);
    for (let time = iterator.next(); time && found.length < limit; time = iterator.next()) {
      const local = toLocal(time);
      if (local >= window.to) break;
      if (local >= window.from) found.push(local);
    }
  } catch (error) {
    if (error instanceof PastWindow) return found;
    if (error instanceof ReelflowError) throw error;
    throw invalid(rule, error);
  }
  return found;
}

function parseRule(rule: string): ICAL.Recur {
  let recur: ICAL.Recur;
  try {
    recur = ICAL.Recur.fromString(rule.replace(/(^|;)UNTIL=[^;]*/i, '').toUpperCase());
  } catch (error) {
    throw invalid(rule, error);
  }
  if (!recur.freq) throw invalid(rule, new Error('FREQ is missing'));
  const { parts, freq } = recur;
  if (recur.interval * (unitMs[freq] ?? 28 * 86_400 * second) > longestIntervalMs) throw unsupported(rule, 'INTERVAL');
  // Measured in ical.js 2.2.1: these give wrong dates.
  if (parts.BYWEEKNO) throw unsupported(rule, 'BYWEEKNO');
  if (parts.BYSETPOS && freq !== 'MONTHLY' && freq !== 'YEARLY') throw unsupported(rule, `BYSETPOS with ${freq}`);
  if (freq === 'YEARLY' && !parts.BYMONTH && parts.BYDAY?.some((day) => /\d/.test(day))) {
    throw unsupported(rule, 'a numbered BYDAY of the year');
  }
  // By the RFC all twelve months; ical.js takes only that of DTSTART.
  if (freq === 'YEARLY' && parts.BYMONTHDAY && !parts.BYMONTH) {
    parts.BYMONTH = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
  }
  return recur;
}

/** Skips whole intervals of an endless rule, leaving two before the window; a daily rule from 1990 then costs nothing. */
function fastForward(recur: ICAL.Recur, start: LocalMs, from: LocalMs): LocalMs {
  const unit = unitMs[recur.freq];
  if (!unit) return start;
  const interval = unit * recur.interval;
  return start + Math.max(0, Math.floor((from - start) / interval) - 2) * interval;
}

class PastWindow extends Error {}

class GuardedIterator extends ICAL.RecurIterator {
  readonly #budget: RuleBudget;
  readonly #end: ICAL.Time;
  #steps = 0;

  constructor(recur: ICAL.Recur, start: ICAL.Time, budget: RuleBudget, end: LocalMs) {
    super({ rule: recur, dtstart: start });
    this.#budget = budget;
    this.#end = toTime(end);
  }

  /** The one place that each turn of ical.js's endless loop passes. */
  override check_contracting_rules(): boolean {
    if (this.#budget.stepsLeft-- <= 0 || ++this.#steps > maxStepsOfOneRule) {
      throw new ReelflowError('RULE_TOO_EXPENSIVE', 'working out this recurrence rule takes too many steps');
    }
    if (this.last.compare(this.#end) > 0) throw new PastWindow();
    return super.check_contracting_rules();
  }
}

function toTime(local: LocalMs): ICAL.Time {
  const date = new Date(local);
  return new ICAL.Time(
    {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      hour: date.getUTCHours(),
      minute: date.getUTCMinutes(),
      second: date.getUTCSeconds(),
      isDate: false,
    },
    ICAL.Timezone.utcTimezone,
  );
}

function toLocal(time: ICAL.Time): LocalMs {
  return Date.UTC(time.year, time.month - 1, time.day, time.hour, time.minute, time.second);
}

function invalid(rule: string, cause: unknown): ReelflowError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ReelflowError('RULE_INVALID', `RRULE "${rule}": ${reason}`, { cause });
}

function unsupported(rule: string, what: string): ReelflowError {
  return new ReelflowError('RULE_UNSUPPORTED', `RRULE "${rule}": ${what} is not supported`);
}
