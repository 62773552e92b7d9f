import type { ScheduledEvent } from './event.ts';

/**
 * Two events that want one input at the same time.
 *
 * The rule: where a capture can be shared (every camera that FFmpeg captures: recordings are cut from one running
 * capture) both are recorded completely. Where the tool writes one file per recording (source kind `command`) the first
 * wins, that is the one that begins earlier, of two at the same instant the one whose uid sorts first; the later one is
 * recorded from when the input is free.
 */
export interface ScheduleConflict {
  /** Empty: the recorder's own inputs. */
  input: string;
  /** uid of the event that has the input. */
  first: string;
  /** uid of the event that comes second. */
  second: string;
  /** The time both want, epoch ms. */
  start: number;
  end: number;
  outcome: 'both-complete' | 'second-begins-late' | 'second-not-recorded';
  /** When the input is free for the second; only with `second-begins-late`. */
  secondBeginsAt?: number;
}

/**
 * @param events of all schedules of the station, in any order
 * @param isShared whether several recordings can be made of this input at once
 */
export function findConflicts(
  events: readonly ScheduledEvent[],
  isShared: (input: string) => boolean,
): ScheduleConflict[] {
  const conflicts: ScheduleConflict[] = [];
  for (const [input, wanted] of byInput(events)) {
    conflicts.push(...(isShared(input) ? sharedConflicts(input, wanted) : takenConflicts(input, wanted)));
  }
  return conflicts.sort((a, b) => a.start - b.start || (a.input < b.input ? -1 : 1));
}

function sharedConflicts(input: string, events: readonly ScheduledEvent[]): ScheduleConflict[] {
  const conflicts: ScheduleConflict[] = [];
  let running: ScheduledEvent[] = [];
  for (const second of events) {
    running = running.filter((first) => first.end > second.start);
    for (const first of running) conflicts.push({ ...shape(input, first, second), outcome: 'both-complete' });
    running.push(second);
  }
  return conflicts;
}

function takenConflicts(input: string, events: readonly ScheduledEvent[]): ScheduleConflict[] {
  const conflicts: ScheduleConflict[] = [];
  let holder: ScheduledEvent | undefined;
  for (const event of events) {
    if (!holder || holder.end <= event.start) {
      holder = event;
    } else if (event.end <= holder.end) {
      conflicts.push({ ...shape(input, holder, event), outcome: 'second-not-recorded' });
    } else {
      const secondBeginsAt = holder.end;
      conflicts.push({ ...shape(input, holder, event), outcome: 'second-begins-late', secondBeginsAt });
      holder = event;
    }
  }
  return conflicts;
}

function shape(input: string, first: ScheduledEvent, second: ScheduledEvent): Omit<ScheduleConflict, 'outcome'> {
  return { input, first: first.uid, second: second.uid, start: second.start, end: Math.min(first.end, second.end) };
}

function byInput(events: readonly ScheduledEvent[]): Map<string, ScheduledEvent[]> {
  const wanted = new Map<string, ScheduledEvent[]>();
  const inOrder = [...events].sort((a, b) => a.start - b.start || (a.uid < b.uid ? -1 : 1));
  for (const event of inOrder) {
    for (const input of event.inputs.length > 0 ? new Set(event.inputs) : ['']) {
      const list = wanted.get(input);
      if (list) list.push(event);
      else wanted.set(input, [event]);
    }
  }
  return wanted;
}
