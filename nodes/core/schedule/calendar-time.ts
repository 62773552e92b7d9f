import { ReelflowError } from '../errors.ts';
import type { ContentLine } from './content-line.ts';
import { type LocalMs, localToUtc, utcToLocal, utcZone, type Zone } from './zone.ts';

/** A DATE or DATE-TIME with the zone it is meant in, RFC 5545 sections 3.3.4 and 3.3.5. */
export interface CalendarTime {
  local: LocalMs;
  zone: Zone;
  /** A whole day, without a time. */
  isDate: boolean;
}

/** What a TZID means; `home` for floating times. */
export interface ZoneBook {
  home: Zone;
  find(tzid: string): Zone;
}

/** YYYYMMDD, or with T, HHMM, seconds (some leave them out) and Z or an offset (not in the RFC, but plain in meaning). */
const shape = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z|[+-]\d{4})?)?$/;

/**
 * @param floating zone for times without TZID and Z
 * @throws EVENT_TIME_INVALID
 */
export function readTime(value: string, tzid: string | undefined, book: ZoneBook, floating = book.home): CalendarTime {
  const match = shape.exec(value.trim());
  if (!match) throw badTime(value);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((digits) => Number(digits ?? 0));
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  const lastDay = new Date(Date.UTC(year, month, 0)).getUTCDate();
  // Second 60 is a leap second in the RFC; Date.UTC makes the next minute of it.
  if (month < 1 || month > 12 || day < 1 || day > lastDay || hour > 23 || minute > 59 || second > 60) {
    throw badTime(value);
  }
  const suffix = match[7];
  if (suffix === 'Z') return { local, zone: utcZone, isDate: false };
  if (suffix) return { local: local - offsetMs(suffix), zone: utcZone, isDate: false };
  return { local, zone: tzid ? book.find(tzid) : floating, isDate: match[4] === undefined };
}

/** All times of a property that may have several (EXDATE); periods are left to `readPeriods`. */
export function readTimes(line: ContentLine, book: ZoneBook, floating?: Zone): CalendarTime[] {
  return line.raw.split(',').map((value) => readTime(value, line.params['tzid'], book, floating));
}

export function instantOf(time: CalendarTime): number {
  return localToUtc(time.zone, time.local);
}

/** The same instant on the wall of another zone. */
export function localIn(zone: Zone, time: CalendarTime): LocalMs {
  return zone === time.zone ? time.local : utcToLocal(zone, instantOf(time));
}

/** `20261121T101500Z` */
export function utcBasic(utcMs: number): string {
  return new Date(utcMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

function offsetMs(text: string): number {
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(3, 5));
  return (text.startsWith('-') ? -minutes : minutes) * 60_000;
}

function badTime(value: string): ReelflowError {
  return new ReelflowError(
    'EVENT_TIME_INVALID',
    `"${value.slice(0, 40)}" is not a time; expected 20261121, 20261121T101500 or 20261121T101500Z`,
  );
}
