import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeEvent } from '../../../nodes/core/recording/event-intake.ts';
import type { Recording, RecordingState } from '../../../nodes/core/recording/recording.ts';
import type { ScheduledEvent } from '../../../nodes/core/schedule/event.ts';

const minute = 60_000;
const now = Date.UTC(2026, 10, 2, 10, 0);
const event: ScheduledEvent = {
  uid: 'lecture',
  start: now - 10 * minute,
  end: now + 50 * minute,
  title: 'Physics',
  inputs: [],
  properties: {},
  attachments: [],
};

function recordingOf(state: RecordingState, more: Partial<Recording> = {}): Recording {
  return {
    id: 'r',
    recorderId: 'recorder',
    origin: 'schedule',
    state,
    title: event.title,
    event,
    plannedStart: event.start,
    plannedEnd: event.end,
    inputs: ['hall'],
    tracks: [],
    parts: [],
    gaps: [],
    isDegraded: false,
    isOnHold: false,
    warnings: [],
    directory: '/r',
    createdAt: now,
    updatedAt: now,
    ...more,
  };
}

test('an event without a recording: new while it lasts, too late afterwards', () => {
  assert.deepEqual(judgeEvent(event, undefined, now), { kind: 'new', start: event.start });
  assert.deepEqual(judgeEvent(event, undefined, event.end), { kind: 'too-late' });
});

test('the same event again changes nothing, in any state', () => {
  for (const state of ['armed', 'recording', 'finishing', 'recorded', 'delivered', 'failed'] as const) {
    assert.deepEqual(judgeEvent({ ...event }, recordingOf(state), now), { kind: 'unchanged' }, state);
  }
});

test('a changed event: replanned before the start, adjusted while it runs', () => {
  const longer = { ...event, end: event.end + minute };
  assert.deepEqual(judgeEvent(longer, recordingOf('armed'), now), { kind: 'replan' });
  assert.deepEqual(judgeEvent(longer, recordingOf('recording'), now), { kind: 'adjust' });
});

test('an event that moves away while it is recorded is split', () => {
  const later = { ...event, start: now + 60 * minute, end: now + 120 * minute };
  assert.deepEqual(judgeEvent(later, recordingOf('recording'), now), { kind: 'split' });
});

test('A19 moved to a little later while it is recorded: one recording, which began early', () => {
  const later = { ...event, start: now + minute, end: event.end + 11 * minute };
  assert.deepEqual(judgeEvent(later, recordingOf('recording'), now), { kind: 'adjust' });
});

test('an event that goes on after its recording ended gets the rest recorded, unless a person stopped it', () => {
  const over = recordingOf('recorded', { event: { ...event, end: now - minute }, plannedEnd: now - minute });
  assert.deepEqual(judgeEvent(event, over, now), { kind: 'new', start: now - minute });
  assert.deepEqual(judgeEvent(event, { ...over, endedBy: 'user' }, now), { kind: 'unchanged' });
});

test("a person's stop does not hold for a time the event is moved to later", () => {
  const stopped = recordingOf('recorded', { endedBy: 'user' });
  const moved = { ...event, start: event.end + minute, end: event.end + 60 * minute };
  assert.deepEqual(judgeEvent(moved, stopped, now), { kind: 'new', start: moved.start });
});

test('a cancelled event that comes back is recorded', () => {
  assert.deepEqual(judgeEvent(event, recordingOf('cancelled'), now), { kind: 'new', start: event.start });
});
