import ICAL from 'ical.js';
import { ReelflowError } from '../errors.ts';
import { type LocalMs, localToUtc, utcToLocal, type Zone } from './zone.ts';

/**
 * How long an event is, so that each occurrence of a series can have its own end. RFC 5545 section 3.8.5.3: from DTEND
 * an exact time, from DURATION days and weeks by the calendar (a day over a clock change has 23 or 25 hours) and
 * the rest exact.
 */
export interface EventLength {
  days: number;
  exactMs: number;
}

/** @throws EVENT_TIME_INVALID */
export function readDuration(value: string): EventLength {
  const match = /^([+-])?P(?=.)(?:\d+W)?(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+S)?)?$/i.exec(value.trim());
  if (!match) {
    throw new ReelflowError(
      'EVENT_TIME_INVALID',
      `"${value.slice(0, 40)}" is not a duration; expected for example PT1H30M`,
    );
  }
  const duration = ICAL.Duration.fromString(value.trim().toUpperCase());
  const sign = duration.isNegative ? -1 : 1;
  return {
    days: sign * (duration.weeks * 7 + duration.days),
    exactMs: sign * (duration.hours * 3600 + duration.minutes * 60 + duration.seconds) * 1000,
  };
}

/** The instant at which something that began at `startUtc` ends. */
export function endOf(zone: Zone, startUtc: number, length: EventLength): number {
  if (length.days === 0) return startUtc + length.exactMs;
  const local: LocalMs = utcToLocal(zone, startUtc) + length.days * 86_400_000;
  return localToUtc(zone, local) + length.exactMs;
}
