import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCalendar } from '../../../nodes/core/schedule/calendar.ts';
import { calendarOf } from '../../fixtures/ics.ts';

/**
 * All examples of RFC 5545 section 3.8.5.3, in its zone, whose clock changes in between. `start` is the day of DTSTART
 * (at 09:00); `days` are those expected, as `year-month-day,day`; the first ones where a rule has no end.
 */
interface Example {
  name: string;
  start: string;
  rules: string[];
  days: string;
  /** Of each day; default 09:00. */
  times?: string[];
  lines?: string[];
}

const through = (month: string, first: number, last: number) =>
  `${month}-${Array.from({ length: last - first + 1 }, (_, index) => first + index).join(',')}`;
const everyDay = 'SU,MO,TU,WE,TH,FR,SA';

const examples: Example[] = [
  { name: 'daily, 10 times', start: '19970902', rules: ['FREQ=DAILY;COUNT=10'], days: through('1997-9', 2, 11) },
  {
    name: 'daily until 24 December',
    start: '19970902',
    rules: ['FREQ=DAILY;UNTIL=19971224T000000Z'],
    days: [
      through('1997-9', 2, 30),
      through('1997-10', 1, 31),
      through('1997-11', 1, 30),
      through('1997-12', 1, 23),
    ].join(' '),
  },
  {
    name: 'every other day',
    start: '19970902',
    rules: ['FREQ=DAILY;INTERVAL=2'],
    days: '1997-9-2,4,6,8,10,12,14,16,18,20,22,24,26,28,30 1997-10-2,4,6,8,10,12,14,16,18,20,22,24,26,28,30 1997-11-1,3',
  },
  {
    name: 'every 10 days, 5 times',
    start: '19970902',
    rules: ['FREQ=DAILY;INTERVAL=10;COUNT=5'],
    days: '1997-9-2,12,22 1997-10-2,12',
  },
  {
    name: 'every day in January, for 3 years',
    start: '19980101',
    rules: [
      `FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=${everyDay}`,
      'FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1',
    ],
    days: [through('1998-1', 1, 31), through('1999-1', 1, 31), through('2000-1', 1, 31)].join(' '),
  },
  {
    name: 'weekly, 10 times',
    start: '19970902',
    rules: ['FREQ=WEEKLY;COUNT=10'],
    days: '1997-9-2,9,16,23,30 1997-10-7,14,21,28 1997-11-4',
  },
  {
    name: 'weekly until 24 December',
    start: '19970902',
    rules: ['FREQ=WEEKLY;UNTIL=19971224T000000Z'],
    days: '1997-9-2,9,16,23,30 1997-10-7,14,21,28 1997-11-4,11,18,25 1997-12-2,9,16,23',
  },
  {
    name: 'every other week',
    start: '19970902',
    rules: ['FREQ=WEEKLY;INTERVAL=2;WKST=SU'],
    days: '1997-9-2,16,30 1997-10-14,28 1997-11-11,25 1997-12-9,23 1998-1-6,20 1998-2-3,17',
  },
  {
    name: 'Tuesday and Thursday for five weeks',
    start: '19970902',
    rules: ['FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH', 'FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH'],
    days: '1997-9-2,4,9,11,16,18,23,25,30 1997-10-2',
  },
  {
    name: 'every other week on Monday, Wednesday and Friday until 24 December',
    start: '19970901',
    rules: ['FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR'],
    days: '1997-9-1,3,5,15,17,19,29 1997-10-1,3,13,15,17,27,29,31 1997-11-10,12,14,24,26,28 1997-12-8,10,12,22',
  },
  {
    name: 'every other week on Tuesday and Thursday, 8 times',
    start: '19970902',
    rules: ['FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH'],
    days: '1997-9-2,4,16,18,30 1997-10-2,14,16',
  },
  {
    name: 'first Friday of the month, 10 times',
    start: '19970905',
    rules: ['FREQ=MONTHLY;COUNT=10;BYDAY=1FR'],
    days: '1997-9-5 1997-10-3 1997-11-7 1997-12-5 1998-1-2 1998-2-6 1998-3-6 1998-4-3 1998-5-1 1998-6-5',
  },
  {
    name: 'first Friday of the month until 24 December',
    start: '19970905',
    rules: ['FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR'],
    days: '1997-9-5 1997-10-3 1997-11-7 1997-12-5',
  },
  {
    name: 'first and last Sunday of every other month, 10 times',
    start: '19970907',
    rules: ['FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU'],
    days: '1997-9-7,28 1997-11-2,30 1998-1-4,25 1998-3-1,29 1998-5-3,31',
  },
  {
    name: 'second-to-last Monday of the month, 6 times',
    start: '19970922',
    rules: ['FREQ=MONTHLY;COUNT=6;BYDAY=-2MO'],
    days: '1997-9-22 1997-10-20 1997-11-17 1997-12-22 1998-1-19 1998-2-16',
  },
  {
    name: 'third-to-last day of the month',
    start: '19970928',
    rules: ['FREQ=MONTHLY;BYMONTHDAY=-3'],
    days: '1997-9-28 1997-10-29 1997-11-28 1997-12-29 1998-1-29 1998-2-26',
  },
  {
    name: '2nd and 15th of the month, 10 times',
    start: '19970902',
    rules: ['FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15'],
    days: '1997-9-2,15 1997-10-2,15 1997-11-2,15 1997-12-2,15 1998-1-2,15',
  },
  {
    name: 'first and last day of the month, 10 times',
    start: '19970930',
    rules: ['FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1'],
    days: '1997-9-30 1997-10-1,31 1997-11-1,30 1997-12-1,31 1998-1-1,31 1998-2-1',
  },
  {
    name: '10th to 15th of every 18th month, 10 times',
    start: '19970910',
    rules: ['FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15'],
    days: '1997-9-10,11,12,13,14,15 1999-3-10,11,12,13',
  },
  {
    name: 'Tuesdays of every other month',
    start: '19970902',
    rules: ['FREQ=MONTHLY;INTERVAL=2;BYDAY=TU'],
    days: '1997-9-2,9,16,23,30 1997-11-4,11,18,25 1998-1-6,13,20,27 1998-3-3,10,17,24,31',
  },
  {
    name: 'June and July, 10 times',
    start: '19970610',
    rules: ['FREQ=YEARLY;COUNT=10;BYMONTH=6,7'],
    days: [1997, 1998, 1999, 2000, 2001].map((year) => `${year}-6-10 ${year}-7-10`).join(' '),
  },
  {
    name: 'January, February and March of every other year, 10 times',
    start: '19970310',
    rules: ['FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3'],
    days: `1997-3-10 ${[1999, 2001, 2003].map((year) => `${year}-1-10 ${year}-2-10 ${year}-3-10`).join(' ')}`,
  },
  {
    name: '1st, 100th and 200th day of every third year, 10 times',
    start: '19970101',
    rules: ['FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200'],
    days: '1997-1-1 1997-4-10 1997-7-19 2000-1-1 2000-4-9 2000-7-18 2003-1-1 2003-4-10 2003-7-19 2006-1-1',
  },
  {
    name: '20th Monday of the year',
    start: '19970519',
    rules: ['FREQ=YEARLY;BYDAY=20MO'],
    days: '1997-5-19 1998-5-18 1999-5-17',
  },
  {
    name: 'Monday of week 20',
    start: '19970512',
    rules: ['FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO'],
    days: '1997-5-12 1998-5-11 1999-5-17',
  },
  {
    name: 'Thursdays in March',
    start: '19970313',
    rules: ['FREQ=YEARLY;BYMONTH=3;BYDAY=TH'],
    days: '1997-3-13,20,27 1998-3-5,12,19,26 1999-3-4,11,18,25',
  },
  {
    name: 'Thursdays in June, July and August',
    start: '19970605',
    rules: ['FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8'],
    days: '1997-6-5,12,19,26 1997-7-3,10,17,24,31 1997-8-7,14,21,28 1998-6-4,11,18,25 1998-7-2,9,16,23,30 1998-8-6,13,20,27',
  },
  {
    name: 'Friday the 13th, DTSTART taken out',
    start: '19970902',
    rules: ['FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13'],
    lines: ['EXDATE;TZID=America/New_York:19970902T090000'],
    days: '1998-2-13 1998-3-13 1998-11-13 1999-8-13 2000-10-13',
  },
  {
    name: 'the Saturday after the first Sunday of the month',
    start: '19970913',
    rules: ['FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13'],
    days: '1997-9-13 1997-10-11 1997-11-8 1997-12-13 1998-1-10 1998-2-7 1998-3-7 1998-4-11 1998-5-9 1998-6-13',
  },
  {
    name: 'the Tuesday after a Monday in November, every fourth year',
    start: '19961105',
    rules: ['FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8'],
    days: '1996-11-5 2000-11-7 2004-11-2',
  },
  {
    name: 'third of all Tuesdays, Wednesdays and Thursdays of the month, 3 times',
    start: '19970904',
    rules: ['FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3'],
    days: '1997-9-4 1997-10-7 1997-11-6',
  },
  {
    name: 'second-to-last working day of the month',
    start: '19970929',
    rules: ['FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2'],
    days: '1997-9-29 1997-10-30 1997-11-27 1997-12-30 1998-1-29 1998-2-26 1998-3-30',
  },
  {
    // The RFC prints UNTIL=19970902T170000Z, which is 13:00 there: erratum 3883.
    name: 'every 3 hours from 9 to 5',
    start: '19970902',
    rules: ['FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z'],
    days: '1997-9-2',
    times: ['09:00', '12:00', '15:00'],
  },
  {
    name: 'every 15 minutes, 6 times',
    start: '19970902',
    rules: ['FREQ=MINUTELY;INTERVAL=15;COUNT=6'],
    days: '1997-9-2',
    times: ['09:00', '09:15', '09:30', '09:45', '10:00', '10:15'],
  },
  {
    name: 'every hour and a half, 4 times',
    start: '19970902',
    rules: ['FREQ=MINUTELY;INTERVAL=90;COUNT=4'],
    days: '1997-9-2',
    times: ['09:00', '10:30', '12:00', '13:30'],
  },
  {
    name: 'every 20 minutes from 9:00 to 16:40',
    start: '19970902',
    rules: [
      'FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40',
      'FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16',
    ],
    days: '1997-9-2,3',
    times: ['09', '10', '11', '12', '13', '14', '15', '16'].flatMap((hour) => [
      `${hour}:00`,
      `${hour}:20`,
      `${hour}:40`,
    ]),
  },
  {
    name: 'every other week that begins on Monday',
    start: '19970805',
    rules: ['FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO'],
    days: '1997-8-5,10,19,24',
  },
  {
    name: 'every other week that begins on Sunday',
    start: '19970805',
    rules: ['FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU'],
    days: '1997-8-5,17,19,31',
  },
  {
    name: 'a day that a month does not have',
    start: '20070115',
    rules: ['FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5'],
    days: '2007-1-15,30 2007-2-15 2007-3-15,30',
  },
];

for (const { name, start, rules, days, times = ['09:00'], lines = [] } of examples) {
  for (const rule of rules) {
    test(`${name}: ${rule}`, () => {
      const expected = datesOf(days).flatMap((date) => times.map((time) => `${date} ${time}`));
      const found = occurrencesOf([
        'UID:s',
        `DTSTART;TZID=America/New_York:${start}T090000`,
        `RRULE:${rule}`,
        ...lines,
      ]);
      const isEndless = !/COUNT|UNTIL/.test(rule);
      assert.deepEqual(isEndless ? found.slice(0, expected.length) : found, expected);
    });
  }
}

test('what is 09:00 in New York moves in UTC when the clock there changes', () => {
  const { events } = read(['UID:s', 'DTSTART;TZID=America/New_York:19971025T090000', 'RRULE:FREQ=DAILY;COUNT=2']);
  assert.deepEqual(
    events.map((event) => new Date(event.start).toISOString()),
    ['1997-10-25T13:00:00.000Z', '1997-10-26T14:00:00.000Z'],
  );
});

function occurrencesOf(lines: string[]): string[] {
  return read(lines).events.map((event) => wall(event.start));
}

function read(lines: string[]): ReturnType<typeof readCalendar> {
  const content = readCalendar(calendarOf([...lines, 'DURATION:PT5M']), {
    from: Date.parse('1996-01-01T00:00Z'),
    to: Date.parse('2008-01-01T00:00Z'),
    timeZone: 'America/New_York',
    hasAllDayEvents: false,
  });
  const unexpected = content.problems.filter(({ code }) => code !== 'TOO_MANY_EVENTS');
  assert.deepEqual(unexpected, []);
  return content;
}

function datesOf(days: string): string[] {
  return days.split(' ').flatMap((group) => {
    const [year, month, list] = group.split('-') as [string, string, string];
    return list.split(',').map((day) => `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`);
  });
}

const format = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'America/New_York',
  dateStyle: 'short',
  timeStyle: 'short',
});

function wall(at: number): string {
  return format.format(at);
}
