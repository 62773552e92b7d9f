import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { openDatabase } from '../../../nodes/adapters/sqlite/database.ts';
import { SqliteScheduleStore } from '../../../nodes/adapters/sqlite/sqlite-schedule-store.ts';
import { FakeClock } from '../../fixtures/fake-clock.ts';
import { calendarOf, eventLines } from '../../fixtures/ics.ts';
import { ScheduleStand } from '../../fixtures/schedule-parts.ts';

function open(context: TestContext) {
  const folder = mkdtempSync(path.join(tmpdir(), 'schedules-'));
  const logged: string[] = [];
  const write = (line: string) => void logged.push(line);
  const log = { debug: write, info: write, warn: write, error: write };
  const database = openDatabase(path.join(folder, 'reelflow.db'), { log });
  context.after(() => {
    database.close();
    rmSync(folder, { recursive: true });
  });
  const clock = new FakeClock('2026-11-21T10:00:00Z');
  return { database, clock, logged, store: new SqliteScheduleStore(database, { clock, log }) };
}

test('what is saved is loaded; unknown schedules are empty', (context) => {
  const { store } = open(context);
  assert.deepEqual(store.load('a'), {});
  const calendar = { sourceKey: 'k', text: "BEGIN:VCALENDAR\r\nX:ü'\0", validators: { etag: '"1"' } };
  const progress = { savedAt: 1, lastGoodAt: 2, begun: ['x'], kept: [] };
  store.saveCalendar('a', calendar);
  store.saveProgress('a', { ...progress, begun: [] });
  store.saveProgress('a', progress);
  assert.deepEqual(store.load('a'), { calendar, progress });
  assert.deepEqual(store.load('b'), {});
});

test('schedules that nobody reads any more go, calendar and all', async (context) => {
  const { store, clock } = open(context);
  const progress = { savedAt: 1, begun: [], kept: [] };
  for (const id of ['old', 'new']) {
    store.saveCalendar(id, { sourceKey: 'k', text: 'x' });
    store.saveProgress(id, progress);
  }
  await clock.sleep(100_000);
  store.saveProgress('new', progress);
  store.prune(clock.now() - 50_000);
  assert.deepEqual(store.load('old'), {});
  assert.ok(store.load('new').calendar);
});

test('a damaged row is not known, and said', (context) => {
  const { store, database, logged } = open(context);
  database.exec("INSERT INTO schedules VALUES ('a/calendar', '{broken', 1)");
  assert.deepEqual(store.load('a'), {});
  assert.match(logged.join(), /a\/calendar/);
});

test('a schedule outlives the runtime in the database', async (context) => {
  const { store, clock } = open(context);
  const one = new ScheduleStand(clock, { store });
  one.calendar.text = calendarOf(eventLines('lecture', '20261121T101500Z', '20261121T111500Z'));
  one.attach();
  await clock.pass(1000);
  one.service.close();
  const after = new ScheduleStand(new FakeClock('2026-11-21T10:20:00Z'), { store });
  after.calendar.failure = new Error('no network');
  after.attach();
  await after.clock.pass(1000);
  assert.deepEqual(after.take(), ['10:20:01 prepare lecture', '10:20:01 start lecture']);
});
