import type { ScheduledEvent } from '../schedule/event.ts';
import type { Recording } from './recording.ts';
import { isWaiting } from './state.ts';

/** What an event that comes in (again) means for the recording that it had before, if any. */
export type EventOutcome =
  | { kind: 'new'; start: number }
  | { kind: 'unchanged' }
  /** Not begun: takes everything from the event. */
  | { kind: 'replan' }
  /** Running: the end moves, and what describes it. Moved to a little later, it is one recording that begins early. */
  | { kind: 'adjust' }
  /** Running, but the event now begins after the end of it: it goes on to that end, the event gets a recording of its own. */
  | { kind: 'split' }
  | { kind: 'too-late' }
  /** Stopped and removed by a person. */
  | { kind: 'called-off' };

/** A planned end so far ahead, of a recording that ended as planned, means that the clock was set back. */
const clockToleranceMs = 5000;

/**
 * Decides by one rule: what the calendar asks for is recorded completely, once, and a person's stop is not undone by
 * the calendar. Idempotent: the same event twice is `unchanged`. `calledOffUntil`: end of the event when a person stopped
 * and removed its recording.
 */
export function judgeEvent(
  event: ScheduledEvent,
  before: Recording | undefined,
  now: number,
  calledOffUntil?: number,
): EventOutcome {
  if (!before) {
    if (event.end <= now) return { kind: 'too-late' };
    // Holds for the time it was planned for, as a stop does.
    const isCalledOff = calledOffUntil !== undefined && event.start < calledOffUntil;
    return isCalledOff ? { kind: 'called-off' } : { kind: 'new', start: event.start };
  }
  if (isWaiting(before.state)) return isSame(event, before.event) ? { kind: 'unchanged' } : { kind: 'replan' };
  if (before.state === 'recording') {
    if (isSame(event, before.event)) return { kind: 'unchanged' };
    return event.start > now && event.start > before.plannedEnd ? { kind: 'split' } : { kind: 'adjust' };
  }
  if (event.end <= now) return { kind: 'unchanged' };
  // A person's stop holds for the time it was planned for, not for one the event is moved to later.
  if (before.endedBy === 'user' && event.start < before.event.end) return { kind: 'unchanged' };
  if (before.state === 'cancelled') return { kind: 'new', start: event.start };
  // Cancelled while it ran, and taken back; or passed by a clock that was wrong and has been set back.
  if (before.endedBy === 'event') return { kind: 'new', start: Math.max(event.start, before.plannedEnd) };
  if (before.error?.code === 'MISSED') return { kind: 'new', start: event.start };
  if (before.endedBy === 'plan' && before.plannedEnd - now > clockToleranceMs) return { kind: 'new', start: now };
  // Finished, yet the event goes on (extended after its end, or moved): the rest gets a recording of its own.
  const isLater = event.end > before.event.end || event.start > before.event.start;
  return isLater ? { kind: 'new', start: Math.max(event.start, before.plannedEnd) } : { kind: 'unchanged' };
}

function isSame(a: ScheduledEvent, b: ScheduledEvent): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
