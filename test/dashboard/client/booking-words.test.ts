import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bookingLook } from '../../../dashboard/client/booking-words.ts';
import { iso, morning } from './recording-json.ts';

const words = (booking: Parameters<typeof bookingLook>[0]) => bookingLook(booking, morning)?.words;

test('what became of the booking is said in words; nothing where none was wanted', () => {
  assert.equal(words(undefined), undefined);
  assert.equal(words({ state: 'none' }), undefined);
  assert.equal(words({ state: 'booked' }), 'Booked at Opencast.');
  assert.match(words({ state: 'booked', reason: 'its new end is not known there' }) ?? '', /its new end is not known/);
  assert.match(words({ state: 'pending', reason: 'the core does not answer' }) ?? '', /does not answer.*asked again/);
  assert.match(words({ state: 'refused', reason: 'not allowed' }) ?? '', /not allowed.*recorded all the same/);
});

test('a conflict names the event that is in the way', () => {
  const conflicts = [{ title: 'Physics I', start: iso(morning), end: iso(morning + 3_600_000) }, { title: 'Chess' }];
  assert.match(words({ state: 'conflict', conflicts }) ?? '', /“Physics I” \(Today .*\); “Chess”\. It is recorded/);
  assert.match(words({ state: 'conflict', reason: 'the core says so' }) ?? '', /at this time: the core says so\./);
});
