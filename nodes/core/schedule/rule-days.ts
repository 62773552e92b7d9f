import type { RecurrenceRule } from './recurrence-rule.ts';

export const dayMs = 86_400_000;

/** Whether a day (counted from 1970-01-01) has everything that the BY parts of the rule ask of a day. */
export function isDayOf(rule: RecurrenceRule, day: number): boolean {
  // The cheapest first: most days fall at the weekday.
  const weekday = weekdayOf(day);
  if (rule.weekdays.length > 0 && !rule.weekdays.some((wanted) => wanted.weekday === weekday)) return false;
  const date = new Date(day * dayMs);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth();
  if (rule.months.length > 0 && !rule.months.includes(month + 1)) return false;
  const inMonth = placeIn(day, dayOf(year, month), dayOf(year, month + 1));
  const inYear = placeIn(day, dayOf(year, 0), dayOf(year + 1, 0));
  if (rule.monthDays.length > 0 && !isListed(rule.monthDays, inMonth)) return false;
  if (rule.yearDays.length > 0 && !isListed(rule.yearDays, inYear)) return false;
  if (rule.weeks.length > 0 && !isListed(rule.weeks, weekIn(day, year, rule.weekStart))) return false;
  const scope = ordinalScope(rule);
  if (rule.weekdays.length === 0 || !scope) return true;
  const place = scope === 'month' ? inMonth : inYear;
  return rule.weekdays.some(
    (wanted) =>
      wanted.weekday === weekday &&
      (wanted.ordinal === undefined ||
        wanted.ordinal === Math.ceil(place.fromFirst / 7) ||
        wanted.ordinal === -Math.ceil(-place.fromLast / 7)),
  );
}

/** Day number of a date; a month may lie outside 0 to 11. */
export function dayOf(year: number, month: number, date = 1): number {
  return Math.round(Date.UTC(year, month, date) / dayMs);
}

/** Of what a numbered BYDAY counts the weekdays. With other frequencies the RFC allows no number: it is not looked at. */
function ordinalScope({ frequency, months, weeks }: RecurrenceRule): 'month' | 'year' | undefined {
  if (frequency === 'MONTHLY') return 'month';
  if (frequency !== 'YEARLY' || weeks.length > 0) return undefined;
  return months.length > 0 ? 'month' : 'year';
}

/** The first is 1, the last is -1. */
interface Place {
  fromFirst: number;
  fromLast: number;
}

function placeIn(day: number, first: number, next: number): Place {
  return { fromFirst: day - first + 1, fromLast: day - next };
}

function isListed(wanted: readonly number[], { fromFirst, fromLast }: Place): boolean {
  return wanted.includes(fromFirst) || wanted.includes(fromLast);
}

/** Number of the week as ISO 8601 has it, for any first day of the week: the first week has four days in the year. */
function weekIn(day: number, year: number, weekStart: number): Place {
  const next = firstWeek(year + 1, weekStart);
  const own = firstWeek(year, weekStart);
  const [first, last] =
    day >= next
      ? [next, firstWeek(year + 2, weekStart)]
      : day < own
        ? [firstWeek(year - 1, weekStart), own]
        : [own, next];
  return { fromFirst: Math.floor((day - first) / 7) + 1, fromLast: Math.floor((day - last) / 7) };
}

/** Day on which the first week of the year begins: that with 4 January in it. */
function firstWeek(year: number, weekStart: number): number {
  const fourth = dayOf(year, 0, 4);
  return weekOf(fourth, weekStart);
}

/** First day of the week that the day is in. */
export function weekOf(day: number, weekStart: number): number {
  return day - ((weekdayOf(day) - weekStart + 7) % 7);
}

/** 0 is Sunday; 1970-01-01 was a Thursday. */
function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}
