import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  byteSize,
  clockDuration,
  dayName,
  decibels,
  interval,
  meterPosition,
  relativeTime,
  startOfDay,
  wordDuration,
} from '../../../dashboard/client/format.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

test('a running clock counts down to nothing and never below', () => {
  assert.equal(clockDuration(7 * second), '0:07');
  assert.equal(clockDuration(12 * minute + 34 * second + 999), '12:34');
  assert.equal(clockDuration(hour + 2 * minute + 3 * second), '1:02:03');
  assert.equal(clockDuration(-5 * second), '0:00');
});

test('durations in words keep two leading units', () => {
  assert.equal(wordDuration(30 * second), '30 s');
  assert.equal(wordDuration(45 * minute), '45 min');
  assert.equal(wordDuration(hour), '1 h');
  assert.equal(wordDuration(90 * minute), '1 h 30 min');
  assert.equal(wordDuration(72 * hour), '3 days');
});

test('times relative to now say whether they were or will be', () => {
  const now = Date.UTC(2026, 10, 21, 10);
  assert.equal(relativeTime(now + 2000, now), 'just now');
  assert.equal(relativeTime(now - 5 * minute, now), '5 min ago');
  assert.equal(relativeTime(now + 130 * minute, now), 'in 2 h 10 min');
});

test('sizes have three figures and decimal units', () => {
  assert.equal(byteSize(0), '0 B');
  assert.equal(byteSize(999), '999 B');
  assert.equal(byteSize(1_230_000_000), '1.23 GB');
  assert.equal(byteSize(45_600_000), '45.6 MB');
  assert.equal(byteSize(312e9), '312 GB');
  assert.equal(byteSize(999_999), '1.00 MB');
});

test('days near now have names, the others their date', () => {
  const now = new Date(2026, 10, 21, 23, 30).getTime();
  assert.equal(dayName(now, now), 'Today');
  assert.equal(dayName(now + hour, now), 'Tomorrow');
  assert.equal(dayName(now - 24 * hour, now), 'Yesterday');
  assert.match(dayName(new Date(2026, 10, 27).getTime(), now), /27/);
  assert.match(dayName(new Date(2027, 2, 1).getTime(), now), /2027/);
});

test('a short interval shows its seconds, a long one does not', () => {
  const start = new Date(2026, 10, 21, 10, 15, 20).getTime();
  assert.match(interval(start, start + 30 * second, start), /15:20.*15:50/);
  assert.doesNotMatch(interval(start, start + hour, start), /15:20/);
});

test('midnight is that of the local day', () => {
  const instant = new Date(2026, 9, 25, 12).getTime();
  const midnight = new Date(startOfDay(instant));
  assert.deepEqual([midnight.getDate(), midnight.getHours(), midnight.getMinutes()], [25, 0, 0]);
});

test('the level meter is linear in decibels and ends at -60 and 0', () => {
  assert.equal(meterPosition(0), 1);
  assert.equal(meterPosition(-30), 0.5);
  assert.equal(meterPosition(-90), 0);
  assert.equal(meterPosition(3), 1);
  assert.equal(meterPosition(Number.NEGATIVE_INFINITY), 0);
  assert.equal(decibels(undefined), 'no sound');
  assert.equal(decibels(-70), 'silent');
  assert.equal(decibels(-21.4), '-21 dBFS');
});
