import { ReelflowError } from '../errors.ts';

const units = { W: 604_800, D: 86_400, H: 3600, M: 60, S: 1 } as const;

/**
 * Reads an ISO 8601 duration such as `PT5M` or `P7D`, in ms. Years and months have no fixed length, so that nothing can
 * be counted in them from 1970 on: they are refused, as is nothing at all and everything negative.
 *
 * Throws VALIDATION with `field`.
 */
export function parseDuration(text: string, field: string): number {
  const refuse = (reason: string): never => {
    throw new ReelflowError('VALIDATION', `${field}: ${reason}`, { field });
  };
  const match =
    /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,3})?)S)?)?$/.exec(text);
  if (!match || /[PT]$/.test(text)) {
    return refuse('must be an ISO 8601 duration such as PT5M or P7D');
  }
  const [, years, months, weeks, days, hours, minutes, seconds] = match;
  if (years !== undefined || months !== undefined) {
    return refuse('years and months have no fixed length; use weeks, days or hours, such as P30D');
  }
  const given = { W: weeks, D: days, H: hours, M: minutes, S: seconds };
  let total = 0;
  for (const [unit, count] of Object.entries(given)) total += Number(count ?? 0) * units[unit as keyof typeof units];
  const ms = Math.round(total * 1000);
  if (ms <= 0) return refuse('must be more than nothing');
  if (!Number.isSafeInteger(ms)) return refuse('is too long');
  return ms;
}

/** The shortest way to write it: `PT5M`, `P7D`, `P1DT12H`. */
export function formatDuration(ms: number): string {
  let rest = Math.round(ms) / 1000;
  const take = (unit: 'D' | 'H' | 'M'): string => {
    const count = Math.floor(rest / units[unit]);
    rest -= count * units[unit];
    return count > 0 ? `${count}${unit}` : '';
  };
  const days = take('D');
  const time = take('H') + take('M') + (rest > 0 ? `${Math.round(rest * 1000) / 1000}S` : '');
  return `P${days}${time === '' ? '' : `T${time}`}`;
}
