import { type CalendarTime, instantOf, localIn, readTime, utcBasic, type ZoneBook } from './calendar-time.ts';
import type { ScheduledEvent } from './event.ts';
import { type EventLength, endOf } from './length.ts';
import { expandRule } from './recurrence.ts';
import type { RuleBudget } from './rule-budget.ts';
import type { CalendarEvent } from './vevent.ts';
import { localToUtc, utcToLocal } from './zone.ts';

const dayMs = 86_400_000;

export interface Window {
  /** Epoch ms: events that end by then are left out. */
  from: number;
  /** Epoch ms: events that begin then or later are left out. */
  to: number;
}

export interface Occurrence {
  event: ScheduledEvent;
  isCancelled: boolean;
}

/**
 * All occurrences within the window of one UID: its master and the overrides of single occurrences
 * (RFC 5545 sections 3.8.4.4 and 3.8.5).
 *
 * @param master absent when the calendar only shows single occurrences of a series
 * @throws RULE_INVALID, RULE_UNSUPPORTED, RULE_TOO_EXPENSIVE
 */
export function occurrencesOf(
  master: CalendarEvent | undefined,
  overrides: readonly CalendarEvent[],
  window: Window,
  book: ZoneBook,
  budget: RuleBudget,
): Occurrence[] {
  const found: Occurrence[] = [];
  const replaced = new Set<number>();
  for (const override of overrides) {
    const original = instantOf(override.recurrenceId as CalendarTime);
    replaced.add(original);
    found.push(occurrence(override, original, instantOf(override.start)));
  }
  if (master) {
    const ranges = overrides
      .filter((override) => override.isThisAndFuture)
      .sort((a, b) => originalOf(a) - originalOf(b));
    for (const { utc, length } of recurrenceSet(master, ranges, window, book, budget)) {
      if (replaced.has(utc) || replaced.has(wholeDay(master, utc))) continue;
      const range = ranges.findLast((override) => originalOf(override) < utc);
      found.push(range ? shifted(range, utc) : occurrence(master, utc, utc, length));
    }
  }
  return found.filter(({ event }) => event.end > window.from && event.start < window.to);
}

interface Instance {
  utc: number;
  length?: EventLength;
}

/** DTSTART, RRULE and RDATE less EXDATE, in UTC. */
function recurrenceSet(
  master: CalendarEvent,
  ranges: readonly CalendarEvent[],
  window: Window,
  book: ZoneBook,
  budget: RuleBudget,
): Instance[] {
  const { zone, local } = master.start;
  const startUtc = instantOf(master.start);
  const instances = new Map<number, Instance>();
  const add = (instance: Instance) => instances.set(instance.utc, instance);
  // An occurrence that began before the window may reach into it; a shifted one may come from further away.
  const reach = Math.max(endOf(zone, startUtc, master.length) - startUtc, ...ranges.map(reachOf)) + 2 * dayMs;
  if (master.rules.length === 0) add({ utc: startUtc });
  for (const rule of master.rules) {
    const until = untilOf(rule, master.start, book);
    const span = { from: window.from - reach, to: window.to + reach };
    for (const time of expandRule(rule, local, span, budget)) {
      const utc = localToUtc(zone, time);
      if (utc <= until) add({ utc });
    }
  }
  for (const addition of master.additions) {
    add({ utc: instantOf(addition.start), ...(addition.length && { length: addition.length }) });
  }
  for (const exception of master.exceptions) {
    if (!exception.isDate || master.start.isDate) {
      instances.delete(instantOf(exception));
    } else {
      // A day as EXDATE of a timed event takes out whatever is on that day.
      for (const { utc } of instances.values()) {
        if (dayOf(utcToLocal(zone, utc)) === dayOf(exception.local)) instances.delete(utc);
      }
    }
  }
  return [...instances.values()];
}

/** UNTIL as instant, inclusive; a day stands for all of it. RFC 5545 wants UTC, exporters write what they like. */
function untilOf(rule: string, start: CalendarTime, book: ZoneBook): number {
  const value = /(?:^|;)UNTIL=([^;]+)/i.exec(rule)?.[1];
  if (!value) return Number.POSITIVE_INFINITY;
  const until = readTime(value, undefined, book, start.zone);
  return until.isDate ? localToUtc(start.zone, until.local + dayMs) - 1 : instantOf(until);
}

function occurrence(source: CalendarEvent, originalUtc: number, start: number, length = source.length): Occurrence {
  const isRecurring = source.rules.length > 0 || source.additions.length > 0 || source.recurrenceId !== undefined;
  const uid = isRecurring ? `${source.uid}/${utcBasic(originalUtc)}` : source.uid;
  const end = endOf(source.start.zone, start, length);
  return { event: { uid, start, end, ...source.details }, isCancelled: source.isCancelled };
}

/** A later occurrence under an override with RANGE=THISANDFUTURE: moved by as much on the wall as the override moved. */
function shifted(range: CalendarEvent, utc: number): Occurrence {
  const { zone, local } = range.start;
  const start = localToUtc(zone, utcToLocal(zone, utc) + local - localIn(zone, range.recurrenceId as CalendarTime));
  return occurrence(range, utc, start);
}

function reachOf(range: CalendarEvent): number {
  const start = instantOf(range.start);
  return Math.abs(start - originalOf(range)) + endOf(range.start.zone, start, range.length) - start;
}

function originalOf(override: CalendarEvent): number {
  return instantOf(override.recurrenceId as CalendarTime);
}

/** Some write RECURRENCE-ID as a day although the event has a time. */
function wholeDay(master: CalendarEvent, utc: number): number {
  return localToUtc(master.start.zone, dayOf(utcToLocal(master.start.zone, utc)) * dayMs);
}

function dayOf(local: number): number {
  return Math.floor(local / dayMs);
}
