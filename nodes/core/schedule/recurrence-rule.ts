import ICAL from 'ical.js';
import { ReelflowError } from '../errors.ts';
import type { LocalMs } from './zone.ts';

export type Frequency = 'YEARLY' | 'MONTHLY' | 'WEEKLY' | 'DAILY' | 'HOURLY' | 'MINUTELY' | 'SECONDLY';

/** BYDAY: 0 is Sunday; `-1` and Friday is the last Friday of the month, or of the year. */
export interface WeekdayRule {
  weekday: number;
  ordinal?: number;
}

/** An RRULE (RFC 5545 section 3.3.10) without UNTIL; an empty list is a part that the rule does not have. */
export interface RecurrenceRule {
  frequency: Frequency;
  interval: number;
  count?: number;
  /** WKST, 0 is Sunday. */
  weekStart: number;
  months: readonly number[];
  weeks: readonly number[];
  yearDays: readonly number[];
  monthDays: readonly number[];
  weekdays: readonly WeekdayRule[];
  hours: readonly number[];
  minutes: readonly number[];
  seconds: readonly number[];
  positions: readonly number[];
}

const dayNames = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];

/** ical.js reads the text; what DTSTART has to add (its day, its time) is in the rule that is returned. Throws RULE_INVALID. */
export function readRule(text: string, start: LocalMs): RecurrenceRule {
  let recur: ICAL.Recur;
  try {
    recur = ICAL.Recur.fromString(text.replace(/(^|;)UNTIL=[^;]*/i, '').toUpperCase());
  } catch (error) {
    throw invalid(text, error instanceof Error ? error.message : String(error));
  }
  if (!recur.freq) throw invalid(text, 'FREQ is missing');
  const numbers = (part: string): number[] => (recur.parts[part as 'BYMONTH'] ?? []).map(Number);
  const rule: RecurrenceRule = {
    frequency: recur.freq as Frequency,
    interval: recur.interval,
    ...(recur.count && { count: recur.count }),
    weekStart: recur.wkst - 1,
    months: numbers('BYMONTH'),
    weeks: numbers('BYWEEKNO'),
    yearDays: numbers('BYYEARDAY'),
    monthDays: numbers('BYMONTHDAY'),
    weekdays: (recur.parts.BYDAY ?? []).map((name) => readWeekday(text, name, recur.freq)),
    hours: numbers('BYHOUR'),
    minutes: numbers('BYMINUTE'),
    seconds: numbers('BYSECOND'),
    positions: numbers('BYSETPOS'),
  };
  return { ...rule, ...daysOfStart(rule, start), ...timesOfStart(rule, start) };
}

function readWeekday(text: string, name: string, frequency: string): WeekdayRule {
  const weekday = dayNames.indexOf(name.slice(-2));
  const ordinal = Number(name.slice(0, -2) || 0);
  if (frequency === 'MONTHLY' && Math.abs(ordinal) > 5) throw invalid(text, `no month has a ${name}`);
  return ordinal === 0 ? { weekday } : { weekday, ordinal };
}

/** On which day, where no part of the rule says it. */
function daysOfStart(rule: RecurrenceRule, start: LocalMs): Partial<RecurrenceRule> {
  const { frequency, months, weeks, yearDays, monthDays, weekdays } = rule;
  if (yearDays.length + monthDays.length + weekdays.length > 0) return {};
  const date = new Date(start);
  if (frequency === 'WEEKLY' || (frequency === 'YEARLY' && weeks.length > 0)) {
    return { weekdays: [{ weekday: date.getUTCDay() }] };
  }
  if (frequency === 'MONTHLY') return { monthDays: [date.getUTCDate()] };
  if (frequency !== 'YEARLY') return {};
  return { monthDays: [date.getUTCDate()], months: months.length > 0 ? months : [date.getUTCMonth() + 1] };
}

/** At what time of the day, where neither a part of the rule nor its frequency says it. */
function timesOfStart({ frequency, hours, minutes, seconds }: RecurrenceRule, start: LocalMs): Partial<RecurrenceRule> {
  const date = new Date(start);
  const or = (own: readonly number[], ofStart: number, finer: readonly Frequency[]) =>
    own.length > 0 || finer.includes(frequency) ? own : [ofStart];
  return {
    hours: or(hours, date.getUTCHours(), ['HOURLY', 'MINUTELY', 'SECONDLY']),
    minutes: or(minutes, date.getUTCMinutes(), ['MINUTELY', 'SECONDLY']),
    seconds: or(seconds, date.getUTCSeconds(), ['SECONDLY']),
  };
}

function invalid(text: string, reason: string): ReelflowError {
  return new ReelflowError('RULE_INVALID', `RRULE "${text}": ${reason}`);
}
