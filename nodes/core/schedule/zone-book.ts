import { toReelflowError } from '../errors.ts';
import type { CalendarBlock } from './calendar-text.ts';
import type { ZoneBook } from './calendar-time.ts';
import { readTime, readTimes } from './calendar-time.ts';
import { type ContentLine, lineName, parseLine } from './content-line.ts';
import { expandRule } from './recurrence.ts';
import type { RuleBudget } from './rule-budget.ts';
import { ianaNameOfWindowsZone } from './windows-zones.ts';
import { ianaZone, transitionZone, utcZone, type Zone, type ZoneTransition } from './zone.ts';

export interface ZoneBookOptions {
  /** Zone of floating times. */
  home: Zone;
  /** Transitions are worked out up to here, epoch ms. */
  until: number;
  budget: RuleBudget;
  onProblem(code: string, message: string): void;
}

/**
 * What each TZID of a calendar means. In this order:
 * 1. names of the IANA database: by Node's own data, also when the calendar brings a VTIMEZONE, because exporters ship
 *    old or cut ones (as RFC 7809 lets clients do);
 * 2. the VTIMEZONE of that TZID;
 * 3. names of Windows; 4. an IANA name at the end of a path (`/mozilla.org/20050126_1/Europe/Berlin`);
 * 5. the home zone, and a problem is noted: an event at a doubtful time is better than none.
 */
export function openZoneBook(calendar: CalendarBlock, options: ZoneBookOptions): ZoneBook {
  const own = new Map<string, CalendarBlock>();
  for (const block of calendar.blocks) {
    const tzid = block.name === 'VTIMEZONE' ? firstRaw(block, 'tzid') : undefined;
    if (tzid) own.set(tzid, block);
  }
  const found = new Map<string, Zone>();

  function look(tzid: string): Zone {
    const block = own.get(tzid);
    const named = tzid.includes('/') || !block ? ianaZone(tzid) : undefined;
    if (named) return named;
    if (block) {
      try {
        return zoneOf(block, options);
      } catch (error) {
        options.onProblem('ZONE_INVALID', `VTIMEZONE "${tzid}": ${toReelflowError(error).message}`);
      }
    }
    const name = ianaNameOfWindowsZone(tzid) ?? /[A-Z][A-Za-z_]+(?:\/[A-Z][A-Za-z_-]+){1,2}$/.exec(tzid)?.[0];
    const other = name === undefined ? undefined : ianaZone(name);
    if (other) return other;
    options.onProblem('ZONE_UNKNOWN', `time zone "${tzid}" is unknown; its times are read in the zone of the schedule`);
    return options.home;
  }

  return {
    home: options.home,
    find(tzid) {
      let zone = found.get(tzid);
      if (!zone) {
        zone = look(tzid);
        found.set(tzid, zone);
      }
      return zone;
    },
  };
}

/** RFC 5545 section 3.6.5. */
function zoneOf(block: CalendarBlock, options: ZoneBookOptions): Zone {
  const transitions: (ZoneTransition & { fromMs: number })[] = [];
  for (const observance of block.blocks) transitions.push(...transitionsOf(observance, options));
  transitions.sort((a, b) => a.utcMs - b.utcMs);
  const first = transitions[0];
  if (!first) throw new Error('no STANDARD or DAYLIGHT part');
  return transitionZone(first.fromMs, transitions);
}

function transitionsOf(observance: CalendarBlock, options: ZoneBookOptions): (ZoneTransition & { fromMs: number })[] {
  const lines = observance.lines.map(parseZoneLine);
  const value = (name: string) => lines.find((line) => line.name === name)?.raw;
  const fromMs = offsetOf(value('tzoffsetfrom'));
  const offsetMs = offsetOf(value('tzoffsetto'));
  const book: ZoneBook = { home: utcZone, find: () => utcZone };
  const start = readTime(value('dtstart') ?? '', undefined, book).local;
  const locals = [start];
  for (const line of lines) {
    if (line.name === 'rdate') locals.push(...readTimes(line, book).map((time) => time.local));
    if (line.name === 'rrule') {
      // UNTIL is in UTC; RRULE of a zone is yearly, so a day more or less makes no difference.
      const until = /UNTIL=(\d{8}(?:T\d{6}Z?)?)/i.exec(line.raw)?.[1];
      const end = until ? readTime(until, undefined, book).local + fromMs + 1000 : options.until;
      locals.push(...expandRule(line.raw, start, { from: start, to: Math.min(end, options.until) }, options.budget));
    }
  }
  return locals.map((local) => ({ utcMs: local - fromMs, offsetMs, fromMs }));
}

function parseZoneLine(line: string): ContentLine {
  // RRULE as raw text: expandRule reads it itself and says more clearly what is wrong.
  const name = lineName(line);
  return name === 'rrule' ? { name, params: {}, type: 'recur', values: [], raw: line.slice(6) } : parseLine(line);
}

function offsetOf(value: string | undefined): number {
  const match = /^([+-])(\d\d)(\d\d)(\d\d)?$/.exec(value ?? '');
  if (!match) throw new Error(`"${value ?? ''}" is not an offset such as +0100`);
  const [, sign, hours, minutes, seconds] = match;
  const ms = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds ?? 0)) * 1000;
  return sign === '-' ? -ms : ms;
}

function firstRaw(block: CalendarBlock, name: string): string | undefined {
  return block.lines
    .find((line) => lineName(line) === name)
    ?.split(':')
    .slice(1)
    .join(':')
    .trim();
}
