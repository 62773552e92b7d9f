import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { FileCalendar } from '../../../nodes/adapters/calendar/file-calendar.ts';
import { until } from '../../fixtures/until.ts';

const never = new AbortController().signal;

function place(context: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'calendar-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return path.join(folder, 'hall-1.ics');
}

function watched(context: TestContext, file: string, pollMs?: number) {
  const seen = { changes: 0 };
  const dispose = new FileCalendar(file, pollMs === undefined ? {} : { pollMs }).watch(() => seen.changes++);
  context.after(dispose);
  return { seen, dispose, change: (count: number) => until(() => seen.changes >= count, { what: `change ${count}` }) };
}

test('text, and "unchanged" for a version that has settled', async (context) => {
  const file = place(context);
  writeFileSync(file, 'BEGIN:VCALENDAR\n');
  const source = new FileCalendar(file);
  const fresh = await source.read(undefined, never);
  assert.ok(fresh.kind === 'text' && fresh.text === 'BEGIN:VCALENDAR\n');
  assert.equal(fresh.validators, undefined, 'written a moment ago: it may be written again');
  utimesSync(file, 1_700_000_000, 1_700_000_000);
  const settled = await source.read(undefined, never);
  assert.ok(settled.kind === 'text' && settled.validators);
  assert.equal((await source.read(settled.validators, never)).kind, 'unchanged');
  writeFileSync(file, 'BEGIN:VCALENDAR2');
  assert.equal((await source.read(settled.validators, never)).kind, 'text');
});

test('missing, a folder, and too large are told apart', async (context) => {
  const file = place(context);
  await assert.rejects(new FileCalendar(file).read(undefined, never), {
    code: 'CALENDAR_FILE',
    message: /does not exist/,
  });
  await assert.rejects(new FileCalendar(path.dirname(file)).read(undefined, never), {
    code: 'CALENDAR_FILE',
    message: /is not a file/,
  });
  writeFileSync(file, 'x'.repeat(1000));
  await assert.rejects(new FileCalendar(file, { maxBytes: 999 }).read(undefined, never), {
    code: 'CALENDAR_TOO_LARGE',
  });
});

test('written, replaced by renaming, removed and there again: each is told', async (context) => {
  const file = place(context);
  writeFileSync(file, 'one');
  const { seen, change } = watched(context, file);
  writeFileSync(file, 'two');
  await change(1);
  writeFileSync(`${file}.new`, 'three');
  renameSync(`${file}.new`, file);
  await change(seen.changes + 1);
  rmSync(file);
  await change(seen.changes + 1);
  writeFileSync(file, 'four');
  await change(seen.changes + 1);
});

test('a file written in many steps is told of when it is done', async (context) => {
  const file = place(context);
  writeFileSync(file, '');
  const { seen, change } = watched(context, file);
  for (let step = 0; step < 20; step++) writeFileSync(file, `${step}\n`, { flag: 'a' });
  await change(1);
  assert.ok(seen.changes <= 2, `${seen.changes} times`);
});

test('other files in the folder are no change', async (context) => {
  const file = place(context);
  writeFileSync(file, 'one');
  const { seen } = watched(context, file);
  const backup = watched(context, `${file}.bak`);
  writeFileSync(`${file}.bak`, 'other');
  await backup.change(1);
  assert.equal(seen.changes, 0);
});

test('a folder that comes later is found by looking now and then', async (context) => {
  const file = path.join(path.dirname(place(context)), 'share', 'hall-1.ics');
  const { seen } = watched(context, file, 50);
  let version = 0;
  const write = () => {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, String(version++));
    return seen.changes > 0;
  };
  await until(write, { everyMs: 300, what: 'a change' });
});

test('disposed: nothing is told any more', async (context) => {
  const file = place(context);
  writeFileSync(file, 'one');
  const first = watched(context, file);
  const second = watched(context, file);
  first.dispose();
  first.dispose();
  writeFileSync(file, 'two');
  await second.change(1);
  assert.equal(first.seen.changes, 0);
});
