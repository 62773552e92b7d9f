import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../fixtures/fake-clock.ts';
import { calendarOf, eventLines } from '../../fixtures/ics.ts';
import { ScheduleStand } from '../../fixtures/schedule-parts.ts';

const lecture = eventLines('lecture', '20261121T101500Z', '20261121T111500Z');

async function stand(start: string, ...events: string[][]): Promise<ScheduleStand> {
  const made = new ScheduleStand(new FakeClock(start));
  made.calendar.text = calendarOf(...events);
  return made;
}

async function attached(start: string, ...events: string[][]): Promise<ScheduleStand> {
  const made = await stand(start, ...events);
  made.attach();
  await made.clock.pass(2000);
  return made;
}

for (const [name, text, code] of [
  ['nothing', '', 'CALENDAR_EMPTY'],
  ['a web page', '<html></html>', 'CALENDAR_NOT_ICALENDAR'],
  ['a cut file', 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\n', 'CALENDAR_TRUNCATED'],
  ['only broken events', calendarOf(['UID:x', 'DTSTART:soon']), 'CALENDAR_NO_VALID_EVENT'],
] as const) {
  test(`the schedule stays when the calendar becomes ${name}`, async () => {
    const one = await attached('2026-11-21T10:00:00Z', lecture);
    one.calendar.text = text;
    await assert.rejects(one.service.refresh(), { code });
    await one.clock.passTo('2026-11-21T10:16:00Z');
    assert.deepEqual(one.take(), ['10:14:30 prepare lecture', '10:15:00 start lecture']);
    assert.equal(one.service.list()[0]?.lastError?.code, code);
    one.calendar.text = calendarOf(lecture);
    await one.service.refresh();
    assert.equal(one.service.list()[0]?.lastError, undefined);
    const problems = one.notices.filter(({ kind }) => kind === 'problem');
    assert.equal(problems.length, 1, 'told once, not at each reading');
  });
}

test('a calendar that suddenly has no events is believed at the second reading', async () => {
  const one = await attached('2026-11-21T10:00:00Z', lecture);
  one.calendar.text = calendarOf();
  await assert.rejects(one.service.refresh(), { code: 'CALENDAR_SUDDENLY_EMPTY' });
  assert.equal(one.planned().length, 1);
  await one.clock.pass(8000);
  assert.equal(one.planned().length, 0);
  assert.match(one.take().join(), /^10:00:0[78] cancel lecture$/);
});

test('an event that is damaged in the calendar is recorded as it was known, also after a restart', async () => {
  const other = eventLines('other', '20261122T100000Z', '20261122T110000Z');
  const one = await attached('2026-11-21T10:00:00Z', lecture, other);
  one.calendar.text = calendarOf(['UID:lecture', 'DTSTART:tomorrow'], other);
  await one.service.refresh();
  assert.equal(one.planned().length, 2);
  one.service.close();
  const after = new ScheduleStand(new FakeClock('2026-11-21T10:14:00Z'), { store: one.store });
  after.calendar.text = one.calendar.text;
  after.attach();
  await after.clock.passTo('2026-11-21T10:15:00Z');
  assert.deepEqual(after.take(), ['10:14:30 prepare lecture', '10:15:00 start lecture']);
  assert.equal(after.service.list()[0]?.problems[0]?.uid, 'lecture');
});

test('the age of the schedule is an alarm past its limit, and over when it is read again', async () => {
  const one = await attached('2026-11-21T10:00:00Z', lecture);
  one.calendar.failure = new Error('connection refused');
  await one.clock.passTo('2026-11-21T10:59:00Z', 10_000);
  assert.deepEqual(one.alarms.list(), []);
  await one.clock.passTo('2026-11-21T11:03:00Z', 10_000);
  const [alarm] = one.alarms.list();
  assert.equal(alarm?.key, 'schedule-old:s1');
  assert.match(alarm?.message ?? '', /Hall 1.*2026-11-21T10:00.*connection refused/);
  one.calendar.failure = undefined;
  await one.service.refresh();
  assert.deepEqual(one.alarms.list(), []);
});

test('a calendar that was never read is an alarm too', async () => {
  const one = await stand('2026-11-21T10:00:00Z');
  one.calendar.failure = new Error('connection refused');
  one.attach();
  await one.clock.passTo('2026-11-21T11:01:00Z', 10_000);
  assert.match(one.alarms.list()[0]?.message ?? '', /never been read/);
});

test('readings: even while they work, with growing pauses while they fail, asked with what is known', async () => {
  const one = await stand('2026-11-21T10:00:00Z', lecture);
  one.calendar.validators = { etag: 'mod1' };
  one.attach();
  await one.clock.passTo('2026-11-21T10:10:00Z', 1000);
  assert.ok(one.calendar.reads >= 9 && one.calendar.reads <= 12, `${one.calendar.reads} readings in ten minutes`);
  assert.deepEqual(one.calendar.askedWith.slice(0, 2), [undefined, { etag: 'mod1' }]);
  one.calendar.failure = new Error('down');
  const before = one.calendar.reads;
  await one.clock.passTo('2026-11-21T10:14:00Z', 1000);
  const tries = one.calendar.reads - before;
  assert.ok(tries >= 5 && tries <= 9, `${tries} tries in four minutes`);
});

test('refresh of a source that is being read reads once more, however many ask', async () => {
  const one = await attached('2026-11-21T10:00:00Z', lecture);
  const before = one.calendar.reads;
  const first = one.service.refresh();
  await Promise.all([first, one.service.refresh(), one.service.refresh(), one.service.refresh()]);
  assert.equal(one.calendar.reads - before, 2);
});

test('a calendar by message: taken, refused with the reason, kept over a restart', async () => {
  const one = await stand('2026-11-21T10:00:00Z');
  one.attach({ source: { kind: 'message' } });
  await one.service.feed('s1', calendarOf(lecture));
  await assert.rejects(one.service.feed('s1', 'hello'), { code: 'CALENDAR_NOT_ICALENDAR' });
  await assert.rejects(one.service.refresh('s1'), { code: 'SCHEDULE_BY_MESSAGE' });
  await assert.rejects(one.service.feed('other', 'hello'), { code: 'SCHEDULE_UNKNOWN' });
  assert.equal(one.planned().length, 1);
  one.service.close();
  const after = new ScheduleStand(new FakeClock('2026-11-21T10:10:00Z'), { store: one.store });
  after.attach({ source: { kind: 'message' } });
  assert.equal(after.planned().length, 1);
});

test('another calendar: the old one holds until the new one was read', async () => {
  const one = await attached('2026-11-21T10:00:00Z', lecture);
  one.calendar.failure = new Error('typing error');
  one.attach({ source: { kind: 'url', url: 'http://other.test/', auth: 'none' } });
  await one.clock.pass(1000);
  assert.equal(one.planned()[0]?.uid, 'lecture');
  one.calendar.failure = undefined;
  one.calendar.text = calendarOf(eventLines('new', '20261121T101500Z', '20261121T111500Z'));
  await one.service.refresh();
  assert.deepEqual(
    one.planned().map(({ uid }) => uid),
    ['new'],
  );
  assert.deepEqual(one.take(), ['10:00:03 cancel lecture']);
});

test('an address that is none is an error that is seen, and does not cost the schedule', async () => {
  const good = await attached('2026-11-21T10:00:00Z', lecture);
  good.service.close();
  const one = new ScheduleStand(new FakeClock('2026-11-21T10:10:00Z'), {
    store: good.store,
    openSource: () => {
      throw new Error('not a URL');
    },
  });
  one.attach();
  assert.equal(one.service.list()[0]?.lastError?.message, 'not a URL');
  assert.equal(one.planned().length, 1);
  await assert.rejects(one.service.refresh('s1'), /not a URL/);
});
