import assert from 'node:assert/strict';
import { test } from 'node:test';
import { minuteOfDay, nextOpening } from '../../../nodes/core/ingest/upload-window.ts';

const night = { fromMinute: 22 * 60, toMinute: 6 * 60, timeZone: 'Europe/Berlin' };
const at = (text: string) => Date.parse(text);
const opening = (text: string, window = night) => new Date(nextOpening(window, at(text))).toISOString();

test('a time of day is read, anything else is not', () => {
  assert.equal(minuteOfDay('22:00'), 1320);
  assert.equal(minuteOfDay(' 6:05 '), 365);
  assert.equal(minuteOfDay('24:00'), 1440);
  for (const text of ['24:01', '7', '12:60', '-1:00', 'noon', '']) assert.equal(minuteOfDay(text), undefined, text);
});

test('over midnight, in the local time of the place', () => {
  assert.equal(opening('2026-11-21T12:00:30Z'), '2026-11-21T21:00:00.000Z');
  assert.equal(opening('2026-11-21T23:00:00Z'), '2026-11-21T23:00:00.000Z', 'open now');
  assert.equal(opening('2026-11-21T05:00:00Z'), '2026-11-21T21:00:00.000Z', 'the end is exclusive');
  assert.equal(opening('2026-11-21T04:59:59Z'), '2026-11-21T04:59:59.000Z');
});

test('within a day', () => {
  const noon = { fromMinute: 12 * 60, toMinute: 13 * 60, timeZone: 'Europe/Berlin' };
  assert.equal(opening('2026-11-21T12:30:00Z', noon), '2026-11-22T11:00:00.000Z');
  assert.equal(opening('2026-11-21T11:30:00Z', noon), '2026-11-21T11:30:00.000Z');
});

test('clocks that go back or forward in between', () => {
  // Berlin leaves summer time on 25 October 2026 at 3:00 and takes it up on 28 March 2027 at 2:00.
  assert.equal(opening('2026-10-25T06:00:00Z'), '2026-10-25T21:00:00.000Z');
  const lost = { fromMinute: 2 * 60 + 10, toMinute: 2 * 60 + 20, timeZone: 'Europe/Berlin' };
  assert.equal(opening('2027-03-27T12:00:00Z', lost), '2027-03-29T00:10:00.000Z', 'the 28th has no such time');
});

test('the same from and to: always', () => {
  assert.equal(opening('2026-11-21T12:00:00Z', { ...night, toMinute: 22 * 60 }), '2026-11-21T12:00:00.000Z');
});
