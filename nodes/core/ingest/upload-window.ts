/** From (inclusive) to (exclusive) in minutes of the local day; over midnight when `from` is later than `to`. */
export interface UploadWindow {
  fromMinute: number;
  toMinute: number;
  /** IANA name; absent: that of the machine. */
  timeZone?: string;
}

const minuteMs = 60_000;
/** Two days: a quarter of an hour that the clocks jump over is there again on the next. */
const mostMinutes = 50 * 60;

/** Reads `22:00`; undefined when it is no time of day. */
export function minuteOfDay(text: string): number | undefined {
  const [, hours = '', minutes = ''] = /^([01]?\d|2[0-4]):([0-5]\d)$/.exec(text.trim()) ?? [];
  if (hours === '' || Number(hours) * 60 + Number(minutes) > 24 * 60) return undefined;
  return Number(hours) * 60 + Number(minutes);
}

/**
 * When the window is open next, epoch ms; `now` while it is. Looked for minute by minute, so that days on which the
 * clocks change need no rule of their own.
 */
export function nextOpening(window: UploadWindow, now: number): number {
  const format = new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(window.timeZone ? { timeZone: window.timeZone } : {}),
  });
  if (isOpen(window, minuteAt(format, now))) return now;
  let at = Math.floor(now / minuteMs) * minuteMs;
  for (let step = 0; step < mostMinutes; step += 1) {
    at += minuteMs;
    if (isOpen(window, minuteAt(format, at))) return at;
  }
  return now;
}

function isOpen({ fromMinute, toMinute }: UploadWindow, minute: number): boolean {
  if (fromMinute === toMinute) return true;
  return fromMinute < toMinute ? minute >= fromMinute && minute < toMinute : minute >= fromMinute || minute < toMinute;
}

function minuteAt(format: Intl.DateTimeFormat, at: number): number {
  return minuteOfDay(format.format(at)) ?? 0;
}
