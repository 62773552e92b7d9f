import { utcBasic } from './calendar-time.ts';

/**
 * A calendar to try the product with: an event a minute after the start of the runtime (30 s long), then one of a minute
 * every ten minutes for the next six hours.
 *
 * UIDs hang on the start of the runtime alone, so reading it again never makes a second event of one that was recorded.
 *
 * @param startedAt of the runtime, epoch ms
 * @param now epoch ms
 */
export function sampleCalendar(startedAt: number, now: number): string {
  const begin = Math.floor(startedAt / 1000) * 1000;
  const first = begin + 60_000;
  const second = first + 600_000;
  const id = utcBasic(begin);
  return [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Reelflow//Sample calendar//EN',
    ...event(`sample-${id}-first@reelflow`, begin, first, 'PT30S', 'First sample recording'),
    ...event(`sample-${id}@reelflow`, begin, second, 'PT1M', 'Sample recording', [
      `RRULE:FREQ=MINUTELY;INTERVAL=10;UNTIL=${utcBasic(now + 6 * 3_600_000)}`,
    ]),
    'END:VCALENDAR',
    '',
  ].join('\r\n');
}

function event(uid: string, stamp: number, start: number, duration: string, title: string, more: string[] = []) {
  return [
    'BEGIN:VEVENT',
    `UID:${uid}`,
    `DTSTAMP:${utcBasic(stamp)}`,
    `DTSTART:${utcBasic(start)}`,
    `DURATION:${duration}`,
    `SUMMARY:${title}`,
    'DESCRIPTION:Made by Reelflow itself. Put in your own calendar and it is gone.',
    ...more,
    'END:VEVENT',
  ];
}
