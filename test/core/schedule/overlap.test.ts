import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ScheduledEvent } from '../../../nodes/core/schedule/event.ts';
import { findConflicts } from '../../../nodes/core/schedule/overlap.ts';

function event(uid: string, start: number, end: number, ...inputs: string[]): ScheduledEvent {
  return { uid, start, end, title: uid, inputs, properties: {}, attachments: [] };
}

function brief(events: ScheduledEvent[], isShared: boolean): string[] {
  return findConflicts(events, () => isShared).map(
    ({ input, first, second, start, end, outcome, secondBeginsAt }) =>
      `${input || '*'}: ${first}+${second} ${start}-${end} ${outcome}${secondBeginsAt === undefined ? '' : ` at ${secondBeginsAt}`}`,
  );
}

test('back to back is no conflict', () => {
  const events = [event('a', 0, 10, 'cam'), event('b', 10, 20, 'cam')];
  assert.deepEqual(brief(events, false), []);
  assert.deepEqual(brief(events, true), []);
});

test('a tool that can be shared records both completely', () => {
  assert.deepEqual(brief([event('b', 5, 20, 'cam'), event('a', 0, 10, 'cam')], true), ['cam: a+b 5-10 both-complete']);
});

test('one file at a time: the first wins, the later begins when the input is free', () => {
  assert.deepEqual(brief([event('b', 5, 20, 'cam'), event('a', 0, 10, 'cam')], false), [
    'cam: a+b 5-10 second-begins-late at 10',
  ]);
});

test('one inside the other is not recorded, and does not shift the next', () => {
  const events = [event('a', 0, 30, 'cam'), event('b', 5, 20, 'cam'), event('c', 25, 40, 'cam')];
  assert.deepEqual(brief(events, false), [
    'cam: a+b 5-20 second-not-recorded',
    'cam: a+c 25-30 second-begins-late at 30',
  ]);
});

test('a chain: each waits for the one before', () => {
  const events = [event('a', 0, 10, 'cam'), event('b', 5, 15, 'cam'), event('c', 12, 20, 'cam')];
  assert.deepEqual(brief(events, false), [
    'cam: a+b 5-10 second-begins-late at 10',
    'cam: b+c 12-15 second-begins-late at 15',
  ]);
});

test('at the same instant the uid decides, whatever the order', () => {
  const expected = ['cam: a+b 0-10 second-not-recorded'];
  assert.deepEqual(brief([event('a', 0, 10, 'cam'), event('b', 0, 10, 'cam')], false), expected);
  assert.deepEqual(brief([event('b', 0, 10, 'cam'), event('a', 0, 10, 'cam')], false), expected);
});

test('only inputs in common count; no input means those of the recorder', () => {
  const events = [event('a', 0, 10, 'x', 'y'), event('b', 5, 15, 'y', 'z'), event('c', 5, 15), event('d', 6, 7)];
  assert.deepEqual(brief(events, true), ['y: a+b 5-10 both-complete', '*: c+d 6-7 both-complete']);
});

test('the rule is asked for each input', () => {
  const events = [event('a', 0, 10, 'camera', 'tool'), event('b', 5, 15, 'camera', 'tool')];
  const outcomes = findConflicts(events, (input) => input === 'camera').map(
    ({ input, outcome }) => `${input} ${outcome}`,
  );
  assert.deepEqual(outcomes, ['camera both-complete', 'tool second-begins-late']);
});
