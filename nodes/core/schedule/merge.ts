import type { CalendarContent } from './calendar.ts';
import type { ScheduledEvent } from './event.ts';

/**
 * The schedule after a good read. What protects recordings decides:
 * - an event that runs is not stopped by vanishing from the calendar, only by STATUS:CANCELLED there, or by an end that
 *   has passed when it is read (it is in the result once more, so that it can be told);
 * - an event that could not be read this time stays as it was known;
 * - anything else that is no longer in the calendar and has not begun is gone.
 */
export function mergeSchedule(
  before: readonly ScheduledEvent[],
  content: Pick<CalendarContent, 'events' | 'cancelled' | 'brokenUids'>,
  now: number,
): ScheduledEvent[] {
  const broken = new Set(content.brokenUids);
  const cancelled = new Set(content.cancelled);
  const running = new Set(before.filter(({ start, end }) => start <= now && now < end).map(({ uid }) => uid));
  const current = content.events.filter(({ uid, end }) => end > now || running.has(uid));
  const events = new Map(current.map((event) => [event.uid, event]));
  for (const event of before) {
    if (event.end <= now) continue;
    if (broken.has(uidOfSeries(event.uid))) events.set(event.uid, event);
    else if (running.has(event.uid) && !events.has(event.uid) && !cancelled.has(event.uid))
      events.set(event.uid, event);
  }
  return [...events.values()].sort((a, b) => a.start - b.start || (a.uid < b.uid ? -1 : 1));
}

/** The UID of an occurrence's event: without `/20261121T101500Z`. */
export function uidOfSeries(uid: string): string {
  return uid.replace(/\/\d{8}T\d{6}Z$/, '');
}
