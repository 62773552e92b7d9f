import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CalendarOptions, readCalendar } from '../../../nodes/core/schedule/calendar.ts';
import { decodeCalendar } from '../../../nodes/core/schedule/calendar-text.ts';
import { calendarOf, eventLines, icsBytes } from '../../fixtures/ics.ts';

function options(from: string, to: string, more: Partial<CalendarOptions> = {}): CalendarOptions {
  return { from: Date.parse(from), to: Date.parse(to), timeZone: 'Europe/Berlin', hasAllDayEvents: false, ...more };
}

const november = options('2026-11-01T00:00Z', '2026-12-01T00:00Z');

function fixture(name: string, range = november) {
  return readCalendar(decodeCalendar(icsBytes(name)), range);
}

/** `start/end` in UTC, minutes. */
function times(text: string, range: CalendarOptions): string[] {
  const minute = (at: number) => new Date(at).toISOString().slice(0, 16);
  return readCalendar(text, range).events.map(({ start, end }) => `${minute(start)}/${minute(end)}`);
}

test('a calendar of Opencast: text, series, inline files, agent properties, inputs', () => {
  const { events, problems } = fixture('opencast');
  assert.deepEqual(problems, []);
  assert.equal(events.length, 1);
  const [event] = events;
  assert.ok(event);
  assert.equal(event.uid, '2f9c3a1e-4e39-4a4b-9b9e-2a9b6c0d7e11');
  assert.equal(event.start, Date.parse('2026-11-21T10:15:00Z'));
  assert.equal(event.end, Date.parse('2026-11-21T11:45:00Z'));
  assert.equal(event.title, 'Demo, event');
  assert.equal(event.description, 'First line\nsecond line; end');
  assert.equal(event.location, 'agent-hall-1');
  assert.equal(event.series, 'series-4711');
  assert.deepEqual(event.inputs, ['hall-1', 'hall-2']);
  assert.equal(event.properties['org.opencastproject.workflow.definition'], 'schedule-and-upload');
  assert.equal(event.properties['org.opencastproject.workflow.config.note'], 'a=b=c');
  assert.equal(event.attachments.length, 1);
  assert.equal(event.attachments[0]?.filename, 'episode.xml');
  assert.equal(event.attachments[0]?.mimeType, 'application/xml');
  assert.match(event.attachments[0]?.text ?? '', /<dcterms:title>Einführung</);
});

test('folded inside a UTF-8 sequence, bare LF, blank lines, BOM, unknown properties', () => {
  const { events, problems } = fixture('folded-lf-only');
  assert.deepEqual(problems, []);
  assert.equal(events[0]?.title, 'Einführung in die Größenlehre für Anfänger und für Fortgeschrittene, zweiter Teil');
  assert.deepEqual(events[0]?.properties, { 'X-ROOM-KEY': '12\\,34', CATEGORIES: 'Lecture,Physics' });
});

test('not UTF-8: the charset that was named, or windows-1252', () => {
  const latin = Buffer.from(
    calendarOf(eventLines('a', '20261121T101500Z', '20261121T111500Z', 'LOCATION:Hörsaal')),
    'latin1',
  );
  assert.equal(readCalendar(decodeCalendar(latin), november).events[0]?.location, 'Hörsaal');
  assert.equal(readCalendar(decodeCalendar(latin, 'ISO-8859-1'), november).events[0]?.location, 'Hörsaal');
  const wide = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(calendarOf(), 'utf16le')]);
  assert.equal(readCalendar(decodeCalendar(wide), november).total, 0);
});

test('Outlook: a Windows zone name, with its VTIMEZONE and without, over the end of summer time', () => {
  const range = options('2026-10-20T00:00Z', '2026-11-10T00:00Z');
  const text = decodeCalendar(icsBytes('outlook'));
  const expected = [
    '2026-10-22T08:15/2026-10-22T09:45',
    '2026-10-29T09:15/2026-10-29T10:45',
    '2026-11-05T09:15/2026-11-05T10:45',
  ];
  assert.deepEqual(times(text, range), expected);
  const bare = text.replace(/BEGIN:VTIMEZONE[\s\S]*END:VTIMEZONE\r\n/, '');
  assert.deepEqual(times(bare, range), expected);
  assert.deepEqual(readCalendar(bare, range).problems, []);
});

test('Google: COUNT, EXDATE, a moved and a cancelled occurrence, end of daylight time', () => {
  const range = options('2026-10-25T00:00Z', '2026-11-30T00:00Z');
  const { events, cancelled } = fixture('google', range);
  assert.deepEqual(
    events.map(({ uid, title, start }) => `${uid} ${title} ${new Date(start).toISOString().slice(0, 16)}`),
    [
      'seminar@google.com/20261026T130000Z Seminar 2026-10-26T13:00',
      'seminar@google.com/20261027T130000Z Seminar 2026-10-27T13:00',
      'seminar@google.com/20261029T130000Z Seminar (moved) 2026-10-29T17:00',
      'seminar@google.com/20261031T130000Z Seminar 2026-10-31T13:00',
      'seminar@google.com/20261101T140000Z Seminar 2026-11-01T14:00',
      'seminar@google.com/20261102T140000Z Seminar 2026-11-02T14:00',
      'seminar@google.com/20261103T140000Z Seminar 2026-11-03T14:00',
      'seminar@google.com/20261104T140000Z Seminar 2026-11-04T14:00',
    ],
  );
  assert.deepEqual(cancelled, ['seminar@google.com/20261030T130000Z']);
});

test('one broken event does not lose the others; each has its reason', () => {
  const { events, problems, brokenUids, total, readable } = fixture('half-broken');
  assert.deepEqual(
    events.map(({ uid }) => uid),
    ['good-1', 'good-2'],
  );
  assert.deepEqual(problems.map(({ uid, code }) => `${uid} ${code}`).sort(), [
    'backwards EVENT_ENDS_BEFORE_START',
    'bad-rule RULE_INVALID',
    'bad-time EVENT_TIME_INVALID',
    'good-1 LINE_NOT_UNDERSTOOD',
    'never-closed EVENT_NOT_CLOSED',
    'no-length EVENT_WITHOUT_DURATION',
    'no-start EVENT_WITHOUT_START',
  ]);
  assert.deepEqual(brokenUids.sort(), ['backwards', 'bad-rule', 'bad-time', 'never-closed', 'no-length', 'no-start']);
  assert.equal(total, 8);
  assert.equal(readable, 3, 'a rule is only looked at later');
});

for (const [name, text, code] of [
  ['nothing', '', 'CALENDAR_EMPTY'],
  ['blank lines', '\r\n  \r\n', 'CALENDAR_EMPTY'],
  ['a login page', '<!DOCTYPE html><html><body>BEGIN:VCALENDAR\nEND:VCALENDAR</body></html>', 'CALENDAR_NOT_ICALENDAR'],
  ['JSON', '{"error":"no"}', 'CALENDAR_NOT_ICALENDAR'],
  [
    'a cut file',
    calendarOf(eventLines('a', '20261121T101500Z', '20261121T111500Z')).slice(0, -20),
    'CALENDAR_TRUNCATED',
  ],
  [
    'cut inside an event',
    calendarOf(eventLines('a', '20261121T101500Z', '20261121T111500Z')).slice(0, 90),
    'CALENDAR_TRUNCATED',
  ],
] as const) {
  test(`refused with a code: ${name}`, () => {
    assert.throws(() => readCalendar(text, november), { code });
  });
}

test('a calendar without events is one, and is empty', () => {
  const content = readCalendar(calendarOf(), november);
  assert.equal(content.total, 0);
  assert.deepEqual(content.events, []);
});

test('an event that began before the window but still runs is kept; one that is over is not', () => {
  const range = options('2026-11-21T10:30Z', '2026-11-22T00:00Z');
  const text = calendarOf(
    eventLines('runs', '20261121T101500Z', '20261121T111500Z'),
    eventLines('over', '20261121T091500Z', '20261121T103000Z'),
    eventLines('later', '20261122T000000Z', '20261122T010000Z'),
    ['UID:series', 'DTSTART:20260101T100000Z', 'DURATION:PT90M', 'RRULE:FREQ=DAILY'],
  );
  const { events } = readCalendar(text, range);
  assert.deepEqual(
    events.map(({ uid }) => uid),
    ['series/20261121T100000Z', 'runs'],
  );
});

test('floating times are read in the zone of the schedule', () => {
  const text = calendarOf(eventLines('a', '20261121T101500', '20261121T111500'));
  assert.deepEqual(times(text, november), ['2026-11-21T09:15/2026-11-21T10:15']);
  assert.deepEqual(times(text, { ...november, timeZone: 'Australia/Lord_Howe' }), [
    '2026-11-20T23:15/2026-11-21T00:15',
  ]);
});

test('an unknown zone is taken as that of the schedule, and said', () => {
  const text = calendarOf(['UID:a', 'DTSTART;TZID=Moon/Tranquility:20261121T101500', 'DURATION:PT1H']);
  assert.deepEqual(times(text, november), ['2026-11-21T09:15/2026-11-21T10:15']);
  assert.deepEqual(
    readCalendar(text, november).problems.map(({ code }) => code),
    ['ZONE_UNKNOWN'],
  );
});

test('zones of other spellings: a path before the name, a VTIMEZONE of a name of its own', () => {
  const path = calendarOf([
    'UID:a',
    'DTSTART;TZID=/mozilla.org/20050126_1/Europe/Berlin:20260721T101500',
    'DURATION:PT1H',
  ]);
  const summer = options('2026-07-01T00:00Z', '2026-08-01T00:00Z', { timeZone: 'UTC' });
  assert.deepEqual(times(path, summer), ['2026-07-21T08:15/2026-07-21T09:15']);
  const own = calendarOf(['UID:a', 'DTSTART;TZID=Our campus:20260721T101500', 'DURATION:PT1H']).replace(
    'BEGIN:VEVENT',
    [
      'BEGIN:VTIMEZONE',
      'TZID:Our campus',
      'BEGIN:STANDARD',
      'DTSTART:20000101T000000',
      'TZOFFSETFROM:+0545',
      'TZOFFSETTO:+0545',
      'END:STANDARD',
      'END:VTIMEZONE',
      'BEGIN:VEVENT',
    ].join('\r\n'),
  );
  assert.deepEqual(times(own, summer), ['2026-07-21T04:30/2026-07-21T05:30']);
});

test('all-day events are ignored unless asked for, then from midnight to midnight', () => {
  const text = calendarOf(
    ['UID:day', 'DTSTART;VALUE=DATE:20261121', 'SUMMARY:Open day'],
    ['UID:two', 'DTSTART;VALUE=DATE:20261123', 'DTEND;VALUE=DATE:20261125'],
  );
  assert.deepEqual(times(text, november), []);
  assert.deepEqual(times(text, { ...november, hasAllDayEvents: true }), [
    '2026-11-20T23:00/2026-11-21T23:00',
    '2026-11-22T23:00/2026-11-24T23:00',
  ]);
});

test('an all-day event is as long as its day, on days of 23 and 25 hours too', () => {
  const text = calendarOf(['UID:day', 'DTSTART;VALUE=DATE:20260329'], ['UID:long', 'DTSTART;VALUE=DATE:20261025']);
  const year = options('2026-01-01T00:00Z', '2027-01-01T00:00Z', { hasAllDayEvents: true });
  const { events } = readCalendar(text, year);
  assert.deepEqual(
    events.map(({ start, end }) => (end - start) / 3_600_000),
    [23, 25],
  );
});

test('STATUS:CANCELLED and METHOD:CANCEL take events out and name them', () => {
  const one = calendarOf(eventLines('a', '20261121T101500Z', '20261121T111500Z', 'STATUS:CANCELLED'));
  assert.deepEqual(readCalendar(one, november).cancelled, ['a']);
  assert.deepEqual(readCalendar(one, november).events, []);
  const all = calendarOf(eventLines('a', '20261121T101500Z', '20261121T111500Z')).replace(
    'VERSION',
    'METHOD:CANCEL\r\nVERSION',
  );
  assert.deepEqual(readCalendar(all, november).cancelled, ['a']);
});

test('of two versions of an event the newer holds', () => {
  const text = calendarOf(
    eventLines('a', '20261121T121500Z', '20261121T131500Z', 'SEQUENCE:3'),
    eventLines('a', '20261121T101500Z', '20261121T111500Z', 'SEQUENCE:2', 'LAST-MODIFIED:20261120T000000Z'),
  );
  assert.deepEqual(times(text, november), ['2026-11-21T12:15/2026-11-21T13:15']);
});

test('inputs by X-REELFLOW-INPUTS, each name once', () => {
  const text = calendarOf(
    eventLines('a', '20261121T101500Z', '20261121T111500Z', 'X-REELFLOW-INPUTS:hall-1, hall-2 ,hall-1'),
  );
  assert.deepEqual(readCalendar(text, november).events[0]?.inputs, ['hall-1', 'hall-2']);
});

test('ATTACH as a link', () => {
  const text = calendarOf(
    eventLines('a', '20261121T101500Z', '20261121T111500Z', 'ATTACH;FMTTYPE=text/html:https://example.org/x?a=b;c'),
  );
  assert.deepEqual(readCalendar(text, november).events[0]?.attachments, [
    { mimeType: 'text/html', uri: 'https://example.org/x?a=b;c' },
  ]);
});

test('an event without UID is recorded all the same, and said', () => {
  const { events, problems } = readCalendar(
    calendarOf(['DTSTART:20261121T101500Z', 'DURATION:PT1H', 'SUMMARY:X']),
    november,
  );
  assert.equal(events.length, 1);
  assert.equal(problems[0]?.code, 'EVENT_WITHOUT_UID');
});

test('more events than are kept: the earliest are, and it is said', () => {
  const text = calendarOf(['UID:a', 'DTSTART:20260101T000000Z', 'DURATION:PT5M', 'RRULE:FREQ=HOURLY']);
  const { events, problems } = readCalendar(text, { ...november, maxEvents: 10 });
  assert.equal(events.length, 10);
  assert.equal(events[0]?.start, Date.parse('2026-11-01T00:00Z'));
  assert.equal(problems[0]?.code, 'TOO_MANY_EVENTS');
});

test('several calendars in one stream are read together', () => {
  const text =
    calendarOf(eventLines('a', '20261121T101500Z', '20261121T111500Z')) +
    calendarOf(eventLines('b', '20261122T101500Z', '20261122T111500Z'));
  assert.equal(readCalendar(text, november).events.length, 2);
});

test('a calendar of 5000 events is read in well under a second', () => {
  const events = Array.from({ length: 5000 }, (_, at) => eventLines(`e${at}`, '20261121T101500Z', '20261121T111500Z'));
  const text = calendarOf(...events);
  const begin = performance.now();
  assert.equal(readCalendar(text, november).events.length, 5000);
  assert.ok(performance.now() - begin < 3000, `${performance.now() - begin} ms`);
});
