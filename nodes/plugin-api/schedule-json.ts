import type { Recording } from '../core/recording/recording.ts';
import type { ScheduledEvent } from '../core/schedule/event.ts';
import { findConflicts, type ScheduleConflict } from '../core/schedule/overlap.ts';
import type { ScheduleView } from '../core/schedule/schedule.ts';
import type { Station } from '../core/station.ts';
import { type Audience, eventJson, hidePaths, iso } from './recording-json.ts';

/** Events that overlap [from, to), epoch ms. */
export interface EventWindow {
  from: number;
  to?: number;
  limit?: number;
}

export function scheduleJson(view: ScheduleView, window: EventWindow, audience: Audience) {
  return {
    scheduleId: view.scheduleId,
    name: view.name,
    lastGoodAt: iso(view.lastGoodAt) ?? null,
    lastError: view.lastError ? errorJson(view.lastError, audience) : null,
    problems: view.problems.map((problem) => ({ ...problem, message: hidePaths(problem.message, audience) })),
    events: view.events.filter((event) => isWithin(event, window)).map(eventJson),
  };
}

/**
 * The events of all schedules, earliest first, each with the inputs it will take, the recording made for it, and its
 * conflicts with other events over an input.
 */
export function nextEvents(station: Station, window: EventWindow) {
  const ownInputs = inputsWithoutChoice(station);
  const planned = station.schedules
    .list()
    .flatMap((view) => view.events.map((event) => ({ event, scheduleId: view.scheduleId })))
    .filter(({ event }) => isWithin(event, window))
    .sort((a, b) => a.event.start - b.event.start || a.event.end - b.event.end)
    .map(({ event, scheduleId }) => {
      const inputs = event.inputs.length > 0 ? event.inputs : ownInputs;
      return { event: { ...event, inputs }, scheduleId };
    });
  const conflicts = findConflicts(
    planned.map(({ event }) => event),
    (input) => station.cameras.get(input)?.source.kind !== 'command',
  );
  const recordings = byEvent(station);
  return planned.slice(0, window.limit).map(({ event, scheduleId }) => {
    const recording = recordings.get(event.uid);
    return {
      ...eventJson(event),
      scheduleId,
      recording: recording ? { id: recording.id, state: recording.state } : null,
      conflicts: conflicts.filter((one) => one.first === event.uid || one.second === event.uid).map(conflictJson),
    };
  });
}

function errorJson(error: NonNullable<ScheduleView['lastError']>, audience: Audience) {
  return { code: error.code, message: hidePaths(error.message, audience), at: iso(error.at) };
}

function conflictJson(conflict: ScheduleConflict) {
  return {
    input: conflict.input,
    first: conflict.first,
    second: conflict.second,
    start: iso(conflict.start),
    end: iso(conflict.end),
    outcome: conflict.outcome,
    secondBeginsAt: iso(conflict.secondBeginsAt),
  };
}

function isWithin(event: ScheduledEvent, window: EventWindow): boolean {
  return event.end > window.from && event.start < (window.to ?? Number.POSITIVE_INFINITY);
}

/** Inputs of an event that names none: those of the recorder, where there is only one. */
function inputsWithoutChoice(station: Station): string[] {
  const recorders = station.recordings.recorders();
  return recorders.length === 1 ? (recorders[0]?.inputs ?? []) : [];
}

function byEvent(station: Station): Map<string, Recording> {
  const live = station.recordings.list({ states: ['scheduled', 'armed', 'recording', 'finishing'] });
  return new Map(live.map((recording) => [recording.event.uid, recording]));
}
