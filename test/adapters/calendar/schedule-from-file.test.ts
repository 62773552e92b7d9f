import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { openCalendarSource } from '../../../nodes/adapters/calendar/open-calendar-source.ts';
import { SystemClock } from '../../../nodes/adapters/clock/system-clock.ts';
import { openDatabase } from '../../../nodes/adapters/sqlite/database.ts';
import { SqliteScheduleStore } from '../../../nodes/adapters/sqlite/sqlite-schedule-store.ts';
import { Alarms } from '../../../nodes/core/alarms/alarms.ts';
import { utcBasic } from '../../../nodes/core/schedule/calendar-time.ts';
import { ScheduleService } from '../../../nodes/core/schedule/schedule-service.ts';
import { InstantLoop } from '../../../nodes/core/time/instant-loop.ts';
import { calendarOf } from '../../fixtures/ics.ts';
import { scheduleSettings } from '../../fixtures/schedule-parts.ts';
import { until } from '../../fixtures/until.ts';

test('all parts for real: a watched file, half written, made whole, changed; events on time', async (context) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'schedule-'));
  const file = path.join(folder, 'hall.ics');
  const ignore = () => {};
  const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  const database = openDatabase(path.join(folder, 'reelflow.db'), { log });
  const clock = new SystemClock();
  const loop = new InstantLoop(clock);
  loop.start();
  const service = new ScheduleService({
    clock,
    loop,
    store: new SqliteScheduleStore(database, { clock, log }),
    openSource: openCalendarSource,
    alarms: new Alarms(clock),
    log,
  });
  context.after(() => {
    service.close();
    loop.stop();
    database.close();
    rmSync(folder, { recursive: true });
  });

  const start = Math.ceil(clock.now() / 1000) * 1000 + 3000;
  const text = (endMs: number) =>
    calendarOf(['UID:a', `DTSTART:${utcBasic(start)}`, `DTEND:${utcBasic(start + endMs)}`, 'SUMMARY:A']);
  const heard: { action: string; at: number }[] = [];
  writeFileSync(file, text(60_000).slice(0, 80));
  service.attach(scheduleSettings({ source: { kind: 'file', path: file }, leadMs: 1000 }), ({ action }) =>
    heard.push({ action, at: clock.now() - start }),
  );
  await until(() => service.list()[0]?.lastError, { what: 'a refusal of the half file' });
  assert.equal(service.list()[0]?.lastError?.code, 'CALENDAR_TRUNCATED');
  writeFileSync(file, text(60_000));
  await until(() => heard.some(({ action }) => action === 'start'), { everyMs: 20, what: 'the start' });
  writeFileSync(`${file}.new`, text(2000));
  renameSync(`${file}.new`, file);
  await until(() => heard.some(({ action }) => action === 'stop'), { everyMs: 20, what: 'the stop' });
  assert.deepEqual(
    heard.map(({ action }) => action),
    ['prepare', 'start', 'update', 'stop'],
  );
  const started = heard.find(({ action }) => action === 'start')?.at ?? -1;
  assert.ok(started >= 0 && started < 1000, `started at ${started} ms`);
});
