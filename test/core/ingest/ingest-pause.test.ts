import assert from 'node:assert/strict';
import { test } from 'node:test';
import { considerPause, pauseError } from '../../../nodes/core/ingest/ingest-pause.ts';
import { newPackage } from '../../../nodes/core/ingest/package-state.ts';
import { JobGivenUp, JobPostponed } from '../../../nodes/core/jobs/job-pause.ts';

const now = Date.UTC(2026, 10, 21, 12);
const plain = { isOnHold: false, delayMinMs: 0, delayMaxMs: 0, onLostReply: 'resend' } as const;
const job = { attempts: 1, createdAt: now };
const consider = (state = newPackage(), settings = {}, about = {}, at = {}) =>
  considerPause(state, { ...plain, ...settings }, { ...job, ...about }, { now, random: 0.5, ...at });

test('nothing in the way: it begins', () => {
  assert.equal(consider().pause, undefined);
});

test('the delay is chosen once, from when it was given', () => {
  const delay = { delayMinMs: 1000, delayMaxMs: 3000 };
  const first = consider(newPackage(), delay, {}, { now: now + 500 });
  assert.deepEqual(first.pause, { kind: 'delay', until: now + 2000, attempts: 1 });
  const second = consider(first, delay, {}, { now: now + 2000, random: 1 });
  assert.equal(second.pause, undefined);
  assert.equal(second.notBefore, now + 2000);
});

test('asked for before its time it begins; after a crash, or a step of the clock, it does not', () => {
  const window = { window: { fromMinute: 22 * 60, toMinute: 6 * 60, timeZone: 'UTC' } };
  const paused = consider(newPackage(), window, { attempts: 3 });
  assert.deepEqual(paused.pause, { kind: 'window', until: now + 10 * 3600_000, attempts: 3 });
  assert.equal(consider(paused, window, { attempts: 3 }).isUrgent, true);
  assert.equal(consider(paused, window, { attempts: 4 }).pause?.kind, 'window');
  const early = { now: now + 10 * 3600_000 - 500 };
  assert.equal(consider(paused, window, { attempts: 3 }, early).pause?.kind, 'window');
});

test('held until it is asked for: a retried job counts from one again', () => {
  const held = consider(newPackage(), { isOnHold: true });
  assert.deepEqual(held.pause, { kind: 'hold' });
  assert.ok(pauseError({ kind: 'hold' }) instanceof JobGivenUp);
  assert.equal(consider(held, { isOnHold: true }, { attempts: 2 }).pause?.kind, 'hold');
  assert.equal(consider(held, { isOnHold: true }, { attempts: 1 }).pause, undefined);
});

test('what the core may have taken is a question where a person wants to be asked', () => {
  const sent = { ...newPackage(), submission: { unknownSince: now, refusals: 0 } };
  assert.equal(consider(sent, { onLostReply: 'ask' }, { attempts: 2 }).pause?.kind, 'question');
  assert.equal(consider(sent, {}, { attempts: 2 }).pause, undefined);
});

test('a wait for a time is no failure', () => {
  const error = pauseError({ kind: 'window', until: now, attempts: 1 });
  assert.ok(error instanceof JobPostponed);
  assert.equal(error.until, now);
});
