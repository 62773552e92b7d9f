import { type ReelflowError, toReelflowError } from '../errors.ts';
import { type CalendarBlock, splitCalendar } from './calendar-text.ts';
import { instantOf, type ZoneBook } from './calendar-time.ts';
import { lineName } from './content-line.ts';
import type { ScheduledEvent } from './event.ts';
import { type Occurrence, occurrencesOf, type Window } from './occurrences.ts';
import { newRuleBudget, type RuleBudget } from './rule-budget.ts';
import { type CalendarEvent, readEvent } from './vevent.ts';
import { ianaZone, utcZone } from './zone.ts';
import { openZoneBook } from './zone-book.ts';

export interface CalendarOptions extends Window {
  /** IANA zone for floating times and all-day events. */
  timeZone: string;
  hasAllDayEvents: boolean;
  /** Most events that are kept, the earliest; default 5000. */
  maxEvents?: number;
}

export interface CalendarProblem {
  uid?: string;
  code: string;
  message: string;
}

export interface CalendarContent {
  /** By start. */
  events: ScheduledEvent[];
  /** Ids of occurrences in the window that are there with STATUS:CANCELLED. */
  cancelled: string[];
  problems: CalendarProblem[];
  /** UIDs of events that could not be read: whatever is known of them from before still holds. */
  brokenUids: string[];
  /** Events in the calendar, whenever they are, broken ones included; 0: the calendar is truly empty. */
  total: number;
  /** Those of them that could be read. */
  readable: number;
}

/**
 * Reads an iCalendar (RFC 5545): text to the events within the window. One broken event does not lose the others.
 *
 * @throws CALENDAR_EMPTY, CALENDAR_NOT_ICALENDAR, CALENDAR_TRUNCATED
 */
export function readCalendar(text: string, options: CalendarOptions): CalendarContent {
  const calendars = splitCalendar(text);
  const content: CalendarContent = { events: [], cancelled: [], problems: [], brokenUids: [], total: 0, readable: 0 };
  const budget = newRuleBudget();
  for (const calendar of calendars) readOne(calendar, options, budget, content);
  content.events.sort((a, b) => a.start - b.start || (a.uid < b.uid ? -1 : 1));
  const maxEvents = options.maxEvents ?? 5000;
  if (content.events.length > maxEvents) {
    const message = `${content.events.length} events in the time looked ahead; only the first ${maxEvents} are kept`;
    content.problems.push({ code: 'TOO_MANY_EVENTS', message });
    content.events.length = maxEvents;
  }
  return content;
}

function readOne(
  calendar: CalendarBlock,
  options: CalendarOptions,
  budget: RuleBudget,
  content: CalendarContent,
): void {
  const note = (uid: string | undefined) => (code: string, message: string) => {
    content.problems.push({ ...(uid !== undefined && { uid }), code, message });
  };
  const drop = (uid: string | undefined, error: ReelflowError) => {
    note(uid)(error.code, error.message);
    if (uid !== undefined) content.brokenUids.push(uid);
  };
  const book = openZoneBook(calendar, {
    home: ianaZone(options.timeZone) ?? utcZone,
    until: options.to + 400 * 86_400_000,
    budget,
    onProblem: note(undefined),
  });
  const isCancelled = calendar.lines.some((line) => /^METHOD:CANCEL\s*$/i.test(line));
  const byUid = new Map<string, CalendarEvent[]>();
  for (const block of calendar.blocks.filter(({ name }) => name === 'VEVENT')) {
    content.total++;
    const uid = uidOf(block);
    try {
      const event = readEvent(block, book, note(uid));
      content.readable++;
      const isUnwanted = event.start.isDate && !options.hasAllDayEvents;
      if (isUnwanted && !event.recurrenceId) continue;
      // An override that makes one occurrence all-day takes that one out.
      event.isCancelled ||= isCancelled || isUnwanted;
      byUid.set(event.uid, [...(byUid.get(event.uid) ?? []), event]);
    } catch (error) {
      drop(uid, toReelflowError(error, 'EVENT_INVALID'));
    }
  }
  for (const [uid, versions] of byUid) {
    try {
      for (const found of expand(versions, options, book, budget)) {
        if (found.isCancelled) content.cancelled.push(found.event.uid);
        else content.events.push(found.event);
      }
    } catch (error) {
      drop(uid, toReelflowError(error, 'EVENT_INVALID'));
    }
  }
}

function expand(versions: CalendarEvent[], window: Window, book: ZoneBook, budget: RuleBudget): Occurrence[] {
  // The newest version of each: a calendar that was merged from several may hold older ones too.
  const newest = new Map<number | undefined, CalendarEvent>();
  for (const event of [...versions].sort(byVersion)) {
    const id = event.recurrenceId;
    newest.set(id && instantOf(id), event);
  }
  const master = newest.get(undefined);
  newest.delete(undefined);
  return occurrencesOf(master, [...newest.values()], window, book, budget);
}

function byVersion(a: CalendarEvent, b: CalendarEvent): number {
  if (a.version[0] !== b.version[0]) return a.version[0] - b.version[0];
  return a.version[1] < b.version[1] ? -1 : a.version[1] > b.version[1] ? 1 : 0;
}

/** Read roughly, so that even a broken event can be named. */
function uidOf(block: CalendarBlock): string | undefined {
  const line = block.lines.find((candidate) => lineName(candidate) === 'uid');
  return line?.slice(line.indexOf(':') + 1).trim() || undefined;
}
