import type { Frequency, RecurrenceRule } from './recurrence-rule.ts';
import type { Spend } from './rule-budget.ts';
import { dayMs, dayOf, isDayOf, weekOf } from './rule-days.ts';
import type { LocalMs } from './zone.ts';

/** One turn of a rule: the days in it (from 1970-01-01, both included) and the times of day to take on them. */
export interface Period {
  firstDay: number;
  lastDay: number;
  /** ms since midnight, ascending. */
  times: readonly number[];
}

interface Span {
  from: LocalMs;
  to: LocalMs;
}

const hourMs = 3_600_000;
const minuteMs = 60_000;
const secondMs = 1000;
const subDaily: Partial<Record<Frequency, number>> = { HOURLY: hourMs, MINUTELY: minuteMs, SECONDLY: secondMs };

/** Each INTERVAL-th period from that of DTSTART, as far as it reaches into the span. */
export function periodsOf(rule: RecurrenceRule, start: LocalMs, span: Span, spend: Spend): Iterable<Period> {
  const unitMs = subDaily[rule.frequency];
  return unitMs === undefined ? longPeriods(rule, start, span, spend) : shortPeriods(rule, unitMs, start, span, spend);
}

function* longPeriods(rule: RecurrenceRule, start: LocalMs, span: Span, spend: Spend): Generator<Period> {
  const { numberOf, firstDayOf } = units(rule);
  const times = timesOfDay(rule.hours, rule.minutes, rule.seconds);
  spend(times.length);
  const first = numberOf(start);
  const skipped = Math.max(0, Math.floor((numberOf(span.from) - first) / rule.interval));
  for (let number = first + skipped * rule.interval; ; number += rule.interval) {
    spend(1);
    const firstDay = firstDayOf(number);
    // Not a number: past the end of all calendars.
    if (!(firstDay * dayMs < span.to)) return;
    yield { firstDay, lastDay: firstDayOf(number + 1) - 1, times };
  }
}

/** How periods of a day and longer are numbered, and on which day each begins. */
function units({ frequency, weekStart }: RecurrenceRule): {
  numberOf: (local: LocalMs) => number;
  firstDayOf: (number: number) => number;
} {
  const date = (local: LocalMs) => new Date(local);
  const day = (local: LocalMs) => Math.floor(local / dayMs);
  if (frequency === 'YEARLY') {
    return { numberOf: (local) => date(local).getUTCFullYear(), firstDayOf: (year) => dayOf(year, 0) };
  }
  if (frequency === 'MONTHLY') {
    return {
      numberOf: (local) => date(local).getUTCFullYear() * 12 + date(local).getUTCMonth(),
      firstDayOf: (month) => dayOf(1970, month - 1970 * 12),
    };
  }
  if (frequency === 'WEEKLY') {
    const origin = weekOf(0, weekStart);
    return {
      numberOf: (local) => (weekOf(day(local), weekStart) - origin) / 7,
      firstDayOf: (week) => origin + week * 7,
    };
  }
  return { numberOf: day, firstDayOf: (number) => number };
}

/** Hours, minutes, seconds. What can not be in a day or an hour is passed over as a whole. */
function* shortPeriods(
  rule: RecurrenceRule,
  unitMs: number,
  start: LocalMs,
  span: Span,
  spend: Spend,
): Generator<Period> {
  const stepMs = unitMs * rule.interval;
  const first = Math.floor(start / unitMs) * unitMs;
  const notBefore = (local: LocalMs) => first + Math.max(0, Math.ceil((local - first) / stepMs)) * stepMs;
  const isIn = (list: readonly number[], value: number) => list.length === 0 || list.includes(value);
  let goodDay: number | undefined;
  for (let at = notBefore(span.from - unitMs + 1); at < span.to; ) {
    spend(1);
    const day = Math.floor(at / dayMs);
    const hour = Math.floor(at / hourMs);
    const minute = Math.floor(at / minuteMs);
    if (goodDay !== day && !isDayOf(rule, day)) {
      at = notBefore((day + 1) * dayMs);
      continue;
    }
    goodDay = day;
    if (!isIn(rule.hours, hour - day * 24)) {
      at = notBefore((hour + 1) * hourMs);
      continue;
    }
    if (unitMs < hourMs && !isIn(rule.minutes, minute - hour * 60)) {
      at = notBefore((minute + 1) * minuteMs);
      continue;
    }
    const second = Math.floor((at - minute * minuteMs) / secondMs);
    if (unitMs > secondMs || isIn(rule.seconds, second)) {
      const minutes = unitMs === hourMs ? rule.minutes : [minute - hour * 60];
      const seconds = unitMs === secondMs ? [second] : rule.seconds;
      yield { firstDay: day, lastDay: day, times: timesOfDay([hour - day * 24], minutes, seconds) };
    }
    at += stepMs;
  }
}

function timesOfDay(hours: readonly number[], minutes: readonly number[], seconds: readonly number[]): number[] {
  const sorted = (list: readonly number[]) => [...new Set(list)].sort((a, b) => a - b);
  return sorted(hours).flatMap((hour) =>
    sorted(minutes).flatMap((minute) =>
      sorted(seconds).map((second) => hour * hourMs + minute * minuteMs + second * secondMs),
    ),
  );
}
