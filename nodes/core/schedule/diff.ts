import { isDeepStrictEqual } from 'node:util';
import type { ScheduledEvent } from './event.ts';
import type { ScheduleChange, ScheduleChangeKind } from './schedule.ts';

export interface DiffRange {
  scheduleId: string;
  now: number;
  /** End of the time looked ahead: what lies beyond it is out of sight, not cancelled. */
  to: number;
  /** Where that end was before: what begins later was out of sight, and is not an addition. */
  seenTo: number;
}

/** What happened between two states of one schedule. Events that are simply over are no change. */
export function diffSchedules(
  before: readonly ScheduledEvent[],
  after: readonly ScheduledEvent[],
  range: DiffRange,
): ScheduleChange[] {
  const { scheduleId, now, to, seenTo } = range;
  const changes: ScheduleChange[] = [];
  const old = new Map(before.map((event) => [event.uid, event]));
  for (const event of after) {
    const was = old.get(event.uid);
    old.delete(event.uid);
    const isRunning = was ? was.start <= now && now < was.end : event.start <= now;
    if (!was) {
      if (event.start >= seenTo) continue;
      changes.push({ scheduleId, kind: 'added', event, isRunning });
    } else if (!isDeepStrictEqual(was, event)) {
      changes.push({ scheduleId, kind: kindOf(was, event), event, before: was, isRunning });
    }
  }
  for (const event of old.values()) {
    if (event.end <= now || event.start >= to) continue;
    changes.push({ scheduleId, kind: 'cancelled', event, isRunning: event.start <= now });
  }
  return changes;
}

function kindOf(before: ScheduledEvent, after: ScheduledEvent): ScheduleChangeKind {
  const wasMs = before.end - before.start;
  const isMs = after.end - after.start;
  if (isMs > wasMs) return 'extended';
  if (isMs < wasMs) return 'shortened';
  return before.start === after.start ? 'changed' : 'moved';
}
