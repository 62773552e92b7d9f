import { type RecurrenceRule, readRule } from './recurrence-rule.ts';
import { type RuleBudget, type Spend, spender } from './rule-budget.ts';
import { dayMs, isDayOf } from './rule-days.ts';
import { type Period, periodsOf } from './rule-periods.ts';
import type { LocalMs } from './zone.ts';

export interface RuleWindow {
  from: LocalMs;
  to: LocalMs;
}

/**
 * Occurrences of an RRULE (RFC 5545 section 3.3.10) as local times in [from, to), ascending, at most `limit`.
 *
 * Not by the iterator of ical.js: 2.2.1 never returns from rules that can not come true (FREQ=DAILY;BYMONTH=2;
 * BYMONTHDAY=30) and is wrong about BYWEEKNO, about BYSETPOS and about numbered weekdays of a year. Here every period
 * of the rule (a year, a week, an hour) is looked through for the days and times that the rule wants, as the RFC puts
 * it: slower by the number of days looked at, right by construction, and it ends with the window.
 *
 * @param rule value of the property, without UNTIL where the caller compares that itself (it is an instant, not local)
 * @throws RULE_INVALID, RULE_TOO_EXPENSIVE
 */
export function expandRule(
  rule: string,
  start: LocalMs,
  window: RuleWindow,
  budget: RuleBudget,
  limit = 10_000,
): LocalMs[] {
  const parsed = readRule(rule, start);
  const spend = spender(budget);
  // What came before the window only has to be looked at where it is counted.
  const from = parsed.count === undefined ? Math.max(start, window.from) : start;
  let left = parsed.count ?? Number.POSITIVE_INFINITY;
  const found: LocalMs[] = [];
  for (const period of periodsOf(parsed, start, { from, to: window.to }, spend)) {
    for (const time of chosen(parsed, period, { from, to: window.to }, spend)) {
      if (time < from) continue;
      if (time >= window.to || left-- <= 0) return found;
      if (time >= window.from) found.push(time);
      if (found.length >= limit) return found;
    }
  }
  return found;
}

/** The times of one period, ascending. BYSETPOS counts in the whole period, also what lies before DTSTART. */
function* chosen(rule: RecurrenceRule, period: Period, window: RuleWindow, spend: Spend): Generator<LocalMs> {
  if (rule.positions.length === 0) {
    yield* timesOf(rule, period, window, spend);
    return;
  }
  const all = [...timesOf(rule, period, undefined, spend)];
  const places = rule.positions.map((position) => (position > 0 ? position - 1 : all.length + position));
  for (const place of [...new Set(places)].sort((a, b) => a - b)) {
    const time = all[place];
    if (time !== undefined) yield time;
  }
}

function* timesOf(
  rule: RecurrenceRule,
  period: Period,
  only: RuleWindow | undefined,
  spend: Spend,
): Generator<LocalMs> {
  const first = Math.max(period.firstDay, only ? Math.floor(only.from / dayMs) : period.firstDay);
  const last = Math.min(period.lastDay, only ? Math.floor(only.to / dayMs) : period.lastDay);
  for (let day = first; day <= last; day++) {
    spend(1);
    if (!isDayOf(rule, day)) continue;
    spend(period.times.length);
    for (const time of period.times) yield day * dayMs + time;
  }
}
