/** A time zone: how far local time is ahead of UTC at an instant, ms. */
export interface Zone {
  offsetMsAt(utcMs: number): number;
}

/**
 * Local times are "naive" milliseconds: what Date.UTC makes of the digits on the wall, whatever the zone. So they can be
 * added to and compared, and only `localToUtc` turns them into instants.
 */
export type LocalMs = number;

export const utcZone: Zone = { offsetMsAt: () => 0 };

const dayMs = 86_400_000;

/**
 * The instant of a local time, RFC 5545 section 3.3.5: a time that occurs twice is the first of the two; a time that the
 * clock skips is read with the offset before the gap.
 */
export function localToUtc(zone: Zone, local: LocalMs): number {
  const before = zone.offsetMsAt(local - dayMs);
  const after = zone.offsetMsAt(local + dayMs);
  const fits = [before, after].map((offset) => local - offset).filter((utc) => zone.offsetMsAt(utc) === local - utc);
  return fits.length > 0 ? Math.min(...fits) : local - before;
}

export function utcToLocal(zone: Zone, utcMs: number): LocalMs {
  return utcMs + zone.offsetMsAt(utcMs);
}

/** A zone of the IANA database that Node brings; undefined when it has no such name. */
export function ianaZone(name: string): Zone | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    return undefined;
  }
  // Formatting costs microseconds, a calendar asks thousands of times; offsets only ever change on a quarter hour.
  const known = new Map<number, number>();
  return {
    offsetMsAt(utcMs) {
      const quarter = Math.floor(utcMs / 900_000);
      let offset = known.get(quarter);
      if (offset === undefined) {
        offset = offsetByFormat(format, quarter * 900_000);
        known.set(quarter, offset);
      }
      return offset;
    },
  };
}

function offsetByFormat(format: Intl.DateTimeFormat, utcMs: number): number {
  const digits: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(utcMs)) digits[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = digits;
  return Date.UTC(year, month - 1, day, hour, minute, second) - utcMs;
}

/** One change of offset; `utcMs` is the first instant at which `offsetMs` holds. */
export interface ZoneTransition {
  utcMs: number;
  offsetMs: number;
}

/** A zone from its own list of changes (VTIMEZONE). */
export function transitionZone(firstOffsetMs: number, transitions: readonly ZoneTransition[]): Zone {
  const sorted = [...transitions].sort((a, b) => a.utcMs - b.utcMs);
  return {
    offsetMsAt: (utcMs) => sorted.findLast((change) => change.utcMs <= utcMs)?.offsetMs ?? firstOffsetMs,
  };
}
