import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diffSchedules } from '../../../nodes/core/schedule/diff.ts';
import type { ScheduledEvent } from '../../../nodes/core/schedule/event.ts';
import { mergeSchedule, uidOfSeries } from '../../../nodes/core/schedule/merge.ts';

const now = Date.parse('2026-11-21T12:00:00Z');
const minute = 60_000;

function event(uid: string, fromMinute: number, toMinute: number, title = uid): ScheduledEvent {
  const [start, end] = [now + fromMinute * minute, now + toMinute * minute];
  return { uid, start, end, title, inputs: [], properties: {}, attachments: [] };
}

function kinds(before: ScheduledEvent[], after: ScheduledEvent[], seenTo = now + 1000 * minute): string[] {
  const range = { scheduleId: 's', now, to: now + 1000 * minute, seenTo };
  return diffSchedules(before, after, range).map(
    ({ kind, event: { uid }, isRunning }) => `${kind} ${uid}${isRunning ? ' running' : ''}`,
  );
}

const table: [string, ScheduledEvent[], ScheduledEvent[], string[]][] = [
  ['nothing', [event('a', 10, 20)], [event('a', 10, 20)], []],
  ['added', [], [event('a', 10, 20)], ['added a']],
  ['added while it should run already', [], [event('a', -5, 20)], ['added a running']],
  ['changed', [event('a', 10, 20)], [event('a', 10, 20, 'New title')], ['changed a']],
  ['moved', [event('a', 10, 20)], [event('a', 30, 40)], ['moved a']],
  ['moved away while it runs', [event('a', -5, 5)], [event('a', 30, 40)], ['moved a running']],
  ['extended', [event('a', 10, 20)], [event('a', 10, 25)], ['extended a']],
  ['extended while it runs', [event('a', -5, 5)], [event('a', -5, 25)], ['extended a running']],
  ['shortened while it runs', [event('a', -5, 25)], [event('a', -5, 5)], ['shortened a running']],
  ['begins earlier: extended', [event('a', 10, 20)], [event('a', 5, 20)], ['extended a']],
  ['cancelled', [event('a', 10, 20)], [], ['cancelled a']],
  ['cancelled while it runs', [event('a', -5, 20)], [], ['cancelled a running']],
  ['over', [event('a', -10, -5)], [], []],
  ['out of sight', [event('a', 1000, 1010)], [], []],
];

for (const [name, before, after, expected] of table) {
  test(`difference: ${name}`, () => assert.deepEqual(kinds(before, after), expected));
}

test('what comes into sight with time is no addition', () => {
  assert.deepEqual(kinds([], [event('a', 995, 999), event('b', 10, 20)], now + 990 * minute), ['added b']);
});

const nothing = { events: [], cancelled: [], brokenUids: [] };

test('merge: a running event is not stopped by vanishing, only by STATUS:CANCELLED', () => {
  const running = event('a', -5, 20);
  assert.deepEqual(mergeSchedule([running], nothing, now), [running]);
  assert.deepEqual(mergeSchedule([running], { ...nothing, cancelled: ['a'] }, now), []);
});

test('merge: one that has not begun goes', () => {
  assert.deepEqual(mergeSchedule([event('a', 1, 20)], nothing, now), []);
});

test('merge: what could not be read this time stays as it was', () => {
  const known = event('a/20261122T100000Z', 100, 200, 'known');
  const wrong = event('a/20261122T100000Z', 110, 200, 'half read');
  assert.deepEqual(mergeSchedule([known], { ...nothing, brokenUids: ['a'] }, now), [known]);
  assert.deepEqual(mergeSchedule([known], { events: [wrong], cancelled: [], brokenUids: ['a'] }, now), [known]);
});

test('merge: what is over goes', () => {
  assert.deepEqual(mergeSchedule([event('a', -20, 0)], { ...nothing, brokenUids: ['a'] }, now), []);
});

test('the UID of an occurrence', () => {
  assert.equal(uidOfSeries('x/y/20261122T100000Z'), 'x/y');
  assert.equal(uidOfSeries('x/y'), 'x/y');
});
