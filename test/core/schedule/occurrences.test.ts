import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCalendar } from '../../../nodes/core/schedule/calendar.ts';
import { calendarOf } from '../../fixtures/ics.ts';

interface Case {
  name: string;
  zone?: string;
  /** Lines of the events, without UID (all are `s`). */
  events: string[][];
  /** Window, default November 2026. */
  from?: string;
  to?: string;
  /** Local times of the zone as `MM-DD HH:mm +minutes`. */
  expected: string[];
  cancelled?: number;
}

const nine = (zone: string, day: string) => [`DTSTART;TZID=${zone}:${day}T090000`, 'DURATION:PT1H'];

const cases: Case[] = [
  {
    name: 'weekly on two days, every other week',
    events: [[...nine('Europe/Berlin', '20261102'), 'RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH']],
    expected: ['11-02 09:00 +60', '11-05 09:00 +60', '11-16 09:00 +60', '11-19 09:00 +60', '11-30 09:00 +60'],
  },
  {
    name: 'an endless daily rule from 1990, fast',
    events: [[...nine('Europe/Berlin', '19900101'), 'RRULE:FREQ=DAILY']],
    from: '2026-11-28T00:00Z',
    expected: ['11-28 09:00 +60', '11-29 09:00 +60', '11-30 09:00 +60'],
  },
  {
    name: 'COUNT counts from the start, not from the window',
    events: [[...nine('Europe/Berlin', '20261030'), 'RRULE:FREQ=DAILY;COUNT=4']],
    expected: ['11-01 09:00 +60', '11-02 09:00 +60'],
  },
  {
    name: 'UNTIL in UTC is inclusive',
    events: [[...nine('Europe/Berlin', '20261101'), 'RRULE:FREQ=DAILY;UNTIL=20261103T080000Z']],
    expected: ['11-01 09:00 +60', '11-02 09:00 +60', '11-03 09:00 +60'],
  },
  {
    name: 'UNTIL as a day means all of it',
    events: [[...nine('Europe/Berlin', '20261101'), 'RRULE:FREQ=DAILY;UNTIL=20261102']],
    expected: ['11-01 09:00 +60', '11-02 09:00 +60'],
  },
  {
    name: 'last Friday of the month',
    events: [[...nine('Europe/Berlin', '20260130'), 'RRULE:FREQ=MONTHLY;BYDAY=-1FR']],
    expected: ['11-27 09:00 +60'],
  },
  {
    name: 'last working day of the month (BYSETPOS)',
    events: [[...nine('Europe/Berlin', '20260130'), 'RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1']],
    expected: ['11-30 09:00 +60'],
  },
  {
    name: 'yearly on days of the month, all months',
    events: [[...nine('Europe/Berlin', '20260105'), 'RRULE:FREQ=YEARLY;BYMONTHDAY=5,10']],
    expected: ['11-05 09:00 +60', '11-10 09:00 +60'],
  },
  {
    name: 'EXDATE in another zone, in a list, without TZID, and as a day',
    events: [
      [
        ...nine('Europe/Berlin', '20261101'),
        'RRULE:FREQ=DAILY;COUNT=7',
        'EXDATE:20261102T080000Z,20261103T080000Z',
        'EXDATE:20261104T090000',
        'EXDATE;VALUE=DATE:20261105',
      ],
    ],
    expected: ['11-01 09:00 +60', '11-06 09:00 +60', '11-07 09:00 +60'],
  },
  {
    name: 'RDATE as time and as periods with an end or a duration of their own',
    events: [
      [
        ...nine('Europe/Berlin', '20261102'),
        'RDATE;TZID=Europe/Berlin:20261103T140000',
        'RDATE;VALUE=PERIOD:20261104T120000Z/PT2H,20261105T120000Z/20261105T123000Z',
      ],
    ],
    expected: ['11-02 09:00 +60', '11-03 14:00 +60', '11-04 13:00 +120', '11-05 13:00 +30'],
  },
  {
    name: 'an override moved into the window from outside, and one moved out of it',
    events: [
      [...nine('Europe/Berlin', '20261028'), 'RRULE:FREQ=WEEKLY;COUNT=3'],
      ['RECURRENCE-ID;TZID=Europe/Berlin:20261028T090000', 'DTSTART:20261102T100000Z', 'DURATION:PT30M'],
      ['RECURRENCE-ID:20261104T080000Z', 'DTSTART:20261204T100000Z', 'DURATION:PT30M'],
    ],
    expected: ['11-02 11:00 +30', '11-11 09:00 +60'],
  },
  {
    name: 'THISANDFUTURE moves and lengthens what follows; a single override goes before it',
    events: [
      [...nine('Europe/Berlin', '20261101'), 'RRULE:FREQ=DAILY;COUNT=5'],
      [
        'RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20261103T090000',
        'DTSTART;TZID=Europe/Berlin:20261103T103000',
        'DURATION:PT2H',
      ],
      [
        'RECURRENCE-ID;TZID=Europe/Berlin:20261104T090000',
        'DTSTART;TZID=Europe/Berlin:20261104T080000',
        'DURATION:PT1H',
      ],
    ],
    expected: ['11-01 09:00 +60', '11-02 09:00 +60', '11-03 10:30 +120', '11-04 08:00 +60', '11-05 10:30 +120'],
  },
  {
    name: 'THISANDFUTURE cancelled ends the series',
    events: [
      [...nine('Europe/Berlin', '20261101'), 'RRULE:FREQ=DAILY;COUNT=4'],
      [
        'RECURRENCE-ID;RANGE=THISANDFUTURE:20261103T080000Z',
        'DTSTART:20261103T080000Z',
        'DURATION:PT1H',
        'STATUS:CANCELLED',
      ],
    ],
    expected: ['11-01 09:00 +60', '11-02 09:00 +60'],
    cancelled: 2,
  },
  {
    name: 'an occurrence without its series in the calendar',
    events: [['RECURRENCE-ID:20261103T080000Z', 'DTSTART:20261103T090000Z', 'DURATION:PT1H']],
    expected: ['11-03 10:00 +60'],
  },
  {
    name: 'Berlin keeps its wall time over both changes',
    events: [[...nine('Europe/Berlin', '20260301'), 'RRULE:FREQ=WEEKLY;BYDAY=SU']],
    from: '2026-10-18T00:00Z',
    to: '2026-11-02T00:00Z',
    expected: ['10-18 09:00 +60', '10-25 09:00 +60', '11-01 09:00 +60'],
  },
  {
    name: 'New York, spring: a skipped time is read with the offset before the gap',
    zone: 'America/New_York',
    events: [['DTSTART;TZID=America/New_York:20260306T023000', 'DURATION:PT1H', 'RRULE:FREQ=DAILY;COUNT=4']],
    from: '2026-03-01T00:00Z',
    to: '2026-04-01T00:00Z',
    expected: ['03-06 02:30 +60', '03-07 02:30 +60', '03-08 03:30 +60', '03-09 02:30 +60'],
  },
  {
    name: 'Lord Howe: half an hour, a time that occurs twice is the first of the two',
    zone: 'Australia/Lord_Howe',
    events: [['DTSTART;TZID=Australia/Lord_Howe:20260404T014500', 'DURATION:PT1H', 'RRULE:FREQ=DAILY;COUNT=3']],
    from: '2026-04-01T00:00Z',
    to: '2026-05-01T00:00Z',
    expected: ['04-04 01:45 +60', '04-05 01:45 +60', '04-06 01:45 +60'],
  },
  {
    name: 'from DTEND an exact length, over a change of the clock too',
    events: [
      [
        'DTSTART;TZID=Europe/Berlin:20261017T230000',
        'DTEND;TZID=Europe/Berlin:20261018T050000',
        'RRULE:FREQ=WEEKLY;COUNT=2',
      ],
    ],
    from: '2026-10-01T00:00Z',
    expected: ['10-17 23:00 +360', '10-24 23:00 +360'],
  },
  {
    name: 'DURATION in days goes by the calendar, in hours it is exact',
    events: [['DTSTART;TZID=Europe/Berlin:20261024T120000', 'DURATION:P1DT1H']],
    from: '2026-10-01T00:00Z',
    expected: ['10-24 12:00 +1560'],
  },
];

for (const { name, zone = 'Europe/Berlin', events, from, to, expected, cancelled = 0 } of cases) {
  test(name, () => {
    const content = readCalendar(calendarOf(...events.map((lines) => ['UID:s', ...lines])), {
      from: Date.parse(from ?? '2026-11-01T00:00Z'),
      to: Date.parse(to ?? '2026-12-01T00:00Z'),
      timeZone: zone,
      hasAllDayEvents: false,
    });
    assert.deepEqual(content.problems, []);
    assert.deepEqual(
      content.events.map(({ start, end }) => `${wall(start, zone)} +${(end - start) / 60_000}`),
      expected,
    );
    assert.equal(content.cancelled.length, cancelled);
    assert.equal(new Set(content.events.map(({ uid }) => uid)).size, content.events.length, 'ids are unique');
  });
}

test('Lord Howe: the first of two 01:45 is the one in summer time', () => {
  const text = calendarOf(['UID:s', 'DTSTART;TZID=Australia/Lord_Howe:20260405T014500', 'DURATION:PT1H']);
  const range = { from: Date.parse('2026-04-01T00:00Z'), to: Date.parse('2026-05-01T00:00Z') };
  const { events } = readCalendar(text, { ...range, timeZone: 'UTC', hasAllDayEvents: false });
  assert.equal(new Date(events[0]?.start ?? 0).toISOString(), '2026-04-04T14:45:00.000Z');
});

function wall(at: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  const { month, day, hour, minute } = Object.fromEntries(
    format.formatToParts(at).map(({ type, value }) => [type, value]),
  ) as Record<string, string>;
  return `${month}-${day} ${hour}:${minute}`;
}
