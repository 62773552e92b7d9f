import { interval } from './format.ts';
import type { BookingJson } from './opencast-types.ts';

export interface BookingLook {
  icon: string;
  tone: 'good' | 'plan' | 'warn';
  words: string;
}

/** What became of a recording's event at Opencast; undefined where none was wanted. */
export function bookingLook(booking: BookingJson | undefined, now: number): BookingLook | undefined {
  if (!booking || booking.state === 'none') return undefined;
  const because = booking.reason === undefined ? '' : `: ${booking.reason}`;
  switch (booking.state) {
    case 'booked':
      return { icon: 'mdi-calendar-check', tone: 'good', words: `Booked at Opencast${because}.` };
    case 'pending':
      return {
        icon: 'mdi-calendar-sync',
        tone: 'plan',
        words: `Not booked at Opencast yet${because}. It is asked again by itself, and recorded all the same.`,
      };
    case 'conflict': {
      const others = (booking.conflicts ?? []).map((one) => otherWords(one, now)).join('; ');
      const what = others === '' ? because : `: ${others}`;
      return {
        icon: 'mdi-calendar-alert',
        tone: 'warn',
        words: `Opencast has another event at this time${what}. It is recorded all the same, and uploaded as one of its own.`,
      };
    }
    case 'refused':
      return {
        icon: 'mdi-calendar-remove',
        tone: 'warn',
        words: `Opencast did not book it${because}. It is recorded all the same, and uploaded as an event of its own.`,
      };
  }
}

function otherWords({ title, start, end }: NonNullable<BookingJson['conflicts']>[number], now: number): string {
  if (start === undefined || end === undefined) return `“${title}”`;
  return `“${title}” (${interval(Date.parse(start), Date.parse(end), now)})`;
}
