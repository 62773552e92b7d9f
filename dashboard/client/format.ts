/** Words and figures as the widgets show them. Pure; times are epoch milliseconds unless the name says otherwise. */

/** `0:07`, `12:34`, `1:02:03`; a running clock, so never rounded up. */
export function clockDuration(durationMs: number): string {
  const total = Math.max(0, Math.floor(durationMs / 1000));
  const seconds = String(total % 60).padStart(2, '0');
  const minutes = Math.floor(total / 60) % 60;
  const hours = Math.floor(total / 3600);
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${seconds}` : `${minutes}:${seconds}`;
}

/** `30 s`, `45 min`, `1 h 30 min`, `3 days`: for people, to the two leading units. */
export function wordDuration(durationMs: number): string {
  const seconds = Math.round(Math.abs(durationMs) / 1000);
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.round(hours / 24)} days`;
}

/** `just now`, `5 min ago`, `in 2 h 10 min`. */
export function relativeTime(instant: number, now: number): string {
  const distance = instant - now;
  if (Math.abs(distance) < 5000) return 'just now';
  return distance < 0 ? `${wordDuration(distance)} ago` : `in ${wordDuration(distance)}`;
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Decimal units with three leading figures, as file managers and disk makers count: `1.23 GB`. */
export function byteSize(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${byteUnits[unit]}`;
}

const clockFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const clockSecondsFormat = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const dateFormat = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short' });
const dateYearFormat = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });

export function timeOfDay(instant: number, hasSeconds = false): string {
  return (hasSeconds ? clockSecondsFormat : clockFormat).format(instant);
}

/** `Today`, `Tomorrow`, `Yesterday`, `Fri 27 Nov`; with the year when it is not this one. Browser's time zone. */
export function dayName(instant: number, now: number): string {
  const days = Math.round((startOfDay(instant) - startOfDay(now)) / 86_400_000);
  if (days === 0) return 'Today';
  if (days === 1) return 'Tomorrow';
  if (days === -1) return 'Yesterday';
  const isThisYear = new Date(instant).getFullYear() === new Date(now).getFullYear();
  return (isThisYear ? dateFormat : dateYearFormat).format(instant);
}

export function dayAndTime(instant: number, now: number): string {
  return `${dayName(instant, now)} ${timeOfDay(instant)}`;
}

/** `Today 10:15 – 11:45`. */
export function interval(start: number, end: number, now: number): string {
  const isShort = end - start < 120_000;
  return `${dayName(start, now)} ${timeOfDay(start, isShort)} – ${timeOfDay(end, isShort)}`;
}

/** Midnight of the browser's time zone before an instant; days may have 23 or 25 hours. */
export function startOfDay(instant: number): number {
  const day = new Date(instant);
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}

/** The bottom of the level meter, dBFS. */
export const quietestDbfs = -60;

/** Where a level stands on the meter, 0 to 1; linear in decibels as broadcast meters are. */
export function meterPosition(levelDbfs: number): number {
  if (!Number.isFinite(levelDbfs)) return levelDbfs > 0 ? 1 : 0;
  return Math.min(1, Math.max(0, 1 - levelDbfs / quietestDbfs));
}

export function decibels(levelDbfs: number | undefined): string {
  if (levelDbfs === undefined) return 'no sound';
  return levelDbfs <= quietestDbfs ? 'silent' : `${levelDbfs.toFixed(0)} dBFS`;
}
