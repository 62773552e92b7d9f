import { ReelflowError } from '../errors.ts';

/** RFC 3339 with its zone; seconds and their fractions may be left out, as ISO 8601 allows. */
const withZone = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)$/i;
const withoutZone = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?$/;

/**
 * Reads an instant, epoch ms: ISO 8601 with a zone. A time without one means another instant for every reader, so it is
 * refused. A `+` may have become a space on its way through a query.
 *
 * Throws RANGE_INVALID with `field`.
 */
export function parseInstant(text: string, field: string): number {
  const refuse = (reason: string): never => {
    throw new ReelflowError('RANGE_INVALID', `${field}: ${reason}, such as 2026-11-21T10:15:00Z`, { field });
  };
  if (withoutZone.test(text)) return refuse(`"${text.slice(0, 40)}" has no time zone; write an instant with one`);
  const plain = text.replace(/ (\d\d:?\d\d)$/, '+$1');
  if (!withZone.test(plain)) return refuse('must be an instant in ISO 8601 with a time zone');
  const ms = Date.parse(
    plain
      .replace(' ', 'T')
      .replace(/([+-]\d\d)(\d\d)$/, '$1:$2')
      .toUpperCase(),
  );
  return Number.isNaN(ms) || !isSameDay(plain, ms) ? refuse('there is no such date or time') : ms;
}

/** JavaScript takes the 31st of every month; the calendar does not. */
function isSameDay(text: string, ms: number): boolean {
  const [, year = 0, month = 0, day = 0] = (/^(\d{4})-(\d\d)-(\d\d)/.exec(text) ?? []).map(Number);
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return !Number.isNaN(ms) && month >= 1 && month <= 12 && day >= 1 && day <= days;
}
