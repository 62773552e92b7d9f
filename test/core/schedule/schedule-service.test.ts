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

test('prepare before the start, start and stop at their instants', async () => {
  const { clock, take } = bound(await attached('2026-11-21T10:00:00Z', lecture));
  await clock.passTo('2026-11-21T11:20:00Z');
  assert.deepEqual(take(), ['10:14:30 prepare lecture', '10:15:00 start lecture', '11:15:00 stop lecture']);
});

test('a node attached while an event runs hears of it at once', async () => {
  const { take } = bound(await attached('2026-11-21T10:30:00Z', lecture));
  assert.deepEqual(take(), ['10:30:01 prepare lecture', '10:30:01 start lecture']);
});

test('a deploy loses nothing: all that is current is announced again, and what was cancelled meanwhile', async () => {
  const one = await stand('2026-11-21T10:00:00Z', lecture, eventLines('b', '20261121T101600Z', '20261121T111500Z'));
  const detach = one.attach();
  await one.clock.passTo('2026-11-21T10:20:00Z');
  assert.equal(one.take().length, 4);
  detach();
  one.calendar.text = calendarOf(lecture, eventLines('b', '20261121T101600Z', '20261121T111500Z', 'STATUS:CANCELLED'));
  await one.service.refresh();
  assert.deepEqual(one.take(), []);
  one.attach();
  await one.clock.pass(1000);
  assert.deepEqual(one.take(), ['10:20:01 cancel b', '10:20:01 prepare lecture', '10:20:01 start lecture']);
});

test('a restart loses nothing, even while the calendar is away', async () => {
  const before = await attached('2026-11-21T10:00:00Z', lecture);
  const { lastGoodAt } = before.service.list()[0] ?? {};
  before.service.close();
  const after = new ScheduleStand(new FakeClock('2026-11-21T10:14:50Z'), { store: before.store });
  after.calendar.failure = new Error('no network');
  after.attach();
  await after.clock.pass(20_000);
  assert.deepEqual(after.take(), ['10:14:51 prepare lecture', '10:15:00 start lecture']);
  assert.equal(after.service.list()[0]?.lastError?.message, 'no network');
  assert.equal(after.service.list()[0]?.lastGoodAt, lastGoodAt);
  assert.ok(lastGoodAt);
});

test('what was slept through is told as missed; what had been started is not', async () => {
  const other = eventLines('other', '20261121T102000Z', '20261121T103000Z');
  const before = await attached('2026-11-21T10:00:00Z', lecture, other);
  await before.clock.passTo('2026-11-21T10:16:00Z');
  before.service.close();
  const after = new ScheduleStand(new FakeClock('2026-11-21T12:00:00Z'), { store: before.store });
  after.calendar.text = before.calendar.text;
  after.attach();
  await after.clock.pass(1000);
  assert.deepEqual(after.take(), []);
  assert.deepEqual(after.changes(), ['missed other']);
});

test('changes while it runs: extended, shortened, renamed', async () => {
  const one = await attached('2026-11-21T10:14:00Z', lecture);
  await one.clock.passTo('2026-11-21T10:16:00Z');
  one.take();
  one.calendar.text = calendarOf(eventLines('lecture', '20261121T101500Z', '20261121T114500Z'));
  await one.service.refresh();
  one.calendar.text = calendarOf(eventLines('lecture', '20261121T101500Z', '20261121T101700Z'));
  await one.service.refresh();
  await one.clock.passTo('2026-11-21T10:17:00Z');
  assert.deepEqual(one.take(), ['10:16:00 update lecture', '10:16:00 update lecture', '10:17:00 stop lecture']);
  assert.deepEqual(one.changes(), ['extended lecture', 'shortened lecture']);
});

test('shortened into the past ends at once', async () => {
  const one = await attached('2026-11-21T10:16:00Z', lecture);
  await one.clock.passTo('2026-11-21T10:30:00Z');
  one.take();
  one.calendar.text = calendarOf(eventLines('lecture', '20261121T101500Z', '20261121T102000Z'));
  await one.service.refresh();
  assert.deepEqual(one.take(), ['10:30:00 update lecture', '10:30:00 stop lecture']);
  assert.deepEqual(one.changes(), ['shortened lecture']);
  assert.equal(one.planned().length, 0);
  await one.clock.pass(3_600_000);
  assert.deepEqual(one.take(), []);
});

test('shortened into the past during a deploy: told when the node is back', async () => {
  const one = await stand('2026-11-21T10:16:00Z', lecture);
  const detach = one.attach();
  await one.clock.passTo('2026-11-21T10:30:00Z');
  one.take();
  detach();
  one.calendar.text = calendarOf(eventLines('lecture', '20261121T101500Z', '20261121T102000Z'));
  await one.service.refresh();
  one.attach();
  await one.clock.pass(1000);
  assert.deepEqual(one.take(), ['10:30:01 update lecture']);
});

test('an event that is extended after its end begins anew', async () => {
  const one = await attached('2026-11-21T10:16:00Z', lecture);
  await one.clock.passTo('2026-11-21T11:16:00Z');
  one.take();
  one.calendar.text = calendarOf(eventLines('lecture', '20261121T101500Z', '20261121T120000Z'));
  await one.service.refresh();
  assert.deepEqual(one.take(), ['11:16:00 prepare lecture', '11:16:00 start lecture']);
});

test('moved before it begins: it has its turn at the new time only', async () => {
  const one = await attached('2026-11-21T10:14:00Z', lecture);
  await one.clock.passTo('2026-11-21T10:14:40Z');
  one.calendar.text = calendarOf(eventLines('lecture', '20261121T103000Z', '20261121T104000Z'));
  await one.service.refresh();
  await one.clock.passTo('2026-11-21T10:41:00Z');
  assert.deepEqual(one.take(), [
    '10:14:30 prepare lecture',
    '10:14:40 update lecture',
    '10:30:00 start lecture',
    '10:40:00 stop lecture',
  ]);
  assert.deepEqual(one.changes(), ['shortened lecture']);
});

test('moved away while it runs: it ends as planned, then has its turn at the new time', async () => {
  const one = await attached('2026-11-21T10:16:00Z', lecture);
  one.take();
  one.calendar.text = calendarOf(eventLines('lecture', '20261121T120000Z', '20261121T130000Z'));
  await one.service.refresh();
  await one.clock.passTo('2026-11-21T13:01:00Z');
  assert.deepEqual(one.take(), [
    '11:15:00 stop lecture',
    '11:59:30 prepare lecture',
    '12:00:00 start lecture',
    '13:00:00 stop lecture',
  ]);
});

test('A19 moved to a little later while it runs: it goes on to the new end, once', async () => {
  const one = await attached('2026-11-21T10:16:00Z', lecture);
  one.take();
  one.calendar.text = calendarOf(eventLines('lecture', '20261121T102600Z', '20261121T112600Z'));
  await one.service.refresh();
  await one.clock.passTo('2026-11-21T12:01:00Z');
  assert.deepEqual(one.take(), ['10:16:02 update lecture', '11:26:00 stop lecture']);
});

test('removed before it begins: cancelled. Removed while it runs: goes on to its end', async () => {
  const later = eventLines('later', '20261121T120000Z', '20261121T130000Z');
  const one = await attached(
    '2026-11-21T10:16:00Z',
    lecture,
    later,
    eventLines('z', '20261122T100000Z', '20261122T110000Z'),
  );
  one.take();
  one.calendar.text = calendarOf(eventLines('z', '20261122T100000Z', '20261122T110000Z'));
  await one.service.refresh();
  assert.deepEqual(one.take(), ['10:16:02 cancel later']);
  await one.clock.passTo('2026-11-21T11:16:00Z');
  assert.deepEqual(one.take(), ['11:15:00 stop lecture']);
});

test('STATUS:CANCELLED ends a running one', async () => {
  const one = await attached('2026-11-21T10:16:00Z', lecture);
  one.take();
  one.calendar.text = calendarOf([...lecture, 'STATUS:CANCELLED']);
  await one.service.refresh();
  await one.clock.passTo('2026-11-21T11:16:00Z');
  assert.deepEqual(one.take(), ['10:16:02 cancel lecture']);
});

test('the clock set forward over the start: announced at once; over the end: missed', async () => {
  const one = await attached('2026-11-21T09:00:00Z', lecture);
  await one.clock.step(80 * 60_000);
  assert.deepEqual(one.take(), ['10:20:02 prepare lecture', '10:20:02 start lecture']);
  const other = await attached('2026-11-21T09:00:00Z', lecture);
  await other.clock.step(24 * 3_600_000);
  assert.deepEqual(other.take(), []);
  assert.deepEqual(other.changes(), ['missed lecture']);
});

test('the clock set back: what is current or to come again is announced again, nothing early', async () => {
  const one = await attached('2026-11-21T10:14:00Z', lecture);
  await one.clock.passTo('2026-11-21T10:20:00Z');
  one.take();
  await one.clock.step(-3 * 60_000);
  assert.deepEqual(one.take(), ['10:17:00 prepare lecture', '10:17:00 start lecture']);
  await one.clock.step(-10 * 60_000);
  assert.deepEqual(one.take(), []);
  await one.clock.passTo('2026-11-21T10:15:00Z');
  assert.deepEqual(one.take(), ['10:14:30 prepare lecture', '10:15:00 start lecture']);
});

test('a process that stood still over the start is late by no more than its sleep', async () => {
  const one = await attached('2026-11-21T10:14:00Z', lecture);
  await one.clock.sleep(10 * 60_000);
  assert.deepEqual(one.take(), ['10:24:02 prepare lecture', '10:24:02 start lecture']);
});

test('an event 40 days ahead has its turn then, and its series comes into sight by itself', async () => {
  const far = eventLines('far', '20261231T101500Z', '20261231T111500Z');
  const daily = ['UID:d', 'DTSTART:20261121T200000Z', 'DURATION:PT1H', 'RRULE:FREQ=DAILY'];
  const one = await stand('2026-11-21T10:00:00Z', far, daily);
  one.attach({ horizonMs: 60 * 86_400_000, refreshMs: 86_400_000 });
  await one.clock.pass(2000);
  one.calendar.failure = new Error('gone for good');
  await one.clock.passTo('2026-12-31T10:00:00Z', 60_000);
  assert.equal(one.take().filter((line) => line.includes('far')).length, 0);
  assert.ok(one.planned().some(({ start }) => start === Date.parse('2027-02-28T20:00:00Z')));
  await one.clock.passTo('2026-12-31T10:16:00Z');
  assert.deepEqual(one.take(), ['10:14:30 prepare far', '10:15:00 start far']);
});

test('conflicts are shown and told once, over several schedules', async () => {
  const clock = new FakeClock('2026-11-21T10:00:00Z');
  const one = new ScheduleStand(clock, { isShared: (input) => input !== 'tool' });
  one.calendar.text = calendarOf([...lecture, 'X-REELFLOW-INPUTS:tool']);
  one.attach();
  await clock.pass(2000);
  one.calendar.text = calendarOf(eventLines('other', '20261121T110000Z', '20261121T120000Z', 'X-REELFLOW-INPUTS:tool'));
  one.attach({ scheduleId: 's2' });
  await clock.pass(1000);
  const [first, second] = one.service.list();
  assert.equal(first?.conflicts?.[0]?.outcome, 'second-begins-late');
  assert.equal(second?.conflicts?.[0]?.secondBeginsAt, Date.parse('2026-11-21T11:15:00Z'));
  await one.service.refresh('s2');
  assert.equal(one.notices.filter(({ kind }) => kind === 'conflict').length, 2, 'one for each schedule');
});

test('a node that does not come back takes its schedule with it; one that does keeps it', async () => {
  const one = await stand('2026-11-21T10:00:00Z', lecture);
  const detach = one.attach();
  await one.clock.pass(2000);
  detach();
  await one.clock.pass(30_000);
  const again = one.attach();
  await one.clock.pass(60_000);
  assert.equal(one.service.list().length, 1);
  again();
  await one.clock.pass(61_000);
  assert.equal(one.service.list().length, 0);
  const reads = one.calendar.reads;
  await one.clock.pass(120_000);
  assert.equal(one.calendar.reads, reads, 'no more readings');
});

test('a listener that throws, and a database that fails, keep nothing from being announced', async () => {
  const one = await stand('2026-11-21T10:14:00Z', lecture);
  one.store.saveProgress = () => {
    throw new Error('disk full');
  };
  one.service.onChange(() => {
    throw new Error('listener');
  });
  one.attach();
  await one.clock.passTo('2026-11-21T11:16:00Z');
  assert.deepEqual(one.take(), ['10:14:30 prepare lecture', '10:15:00 start lecture', '11:15:00 stop lecture']);
  assert.ok(one.logged.some((line) => line.includes('disk full')));
});

test('the sample calendar: a first event a minute after the start, then every ten minutes, each once', async () => {
  const one = await stand('2026-11-21T10:00:00Z');
  one.attach({ source: { kind: 'sample' } });
  await one.clock.passTo('2026-11-21T10:32:00Z');
  const heard = one.take().map((line) => line.replace(/sample-\S+?@reelflow\S*/, 'x'));
  assert.deepEqual(heard, [
    '10:00:30 prepare x',
    '10:01:00 start x',
    '10:01:30 stop x',
    '10:10:30 prepare x',
    '10:11:00 start x',
    '10:12:00 stop x',
    '10:20:30 prepare x',
    '10:21:00 start x',
    '10:22:00 stop x',
    '10:30:30 prepare x',
    '10:31:00 start x',
    '10:32:00 stop x',
  ]);
  assert.ok(one.planned().length > 30 && one.planned().length < 40);
});

/** So that methods can be taken out of the stand. */
function bound(one: ScheduleStand) {
  return { clock: one.clock, take: () => one.take() };
}
