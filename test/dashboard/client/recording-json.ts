import type { ConflictJson, PlannedEventJson, RecordingJson } from '../../../dashboard/client/types.ts';

const hour = 3_600_000;
export const morning = new Date(2026, 10, 23, 9).getTime();
export const iso = (instant: number): string => new Date(instant).toISOString();

/** A planned event of an hour on the camera `hall`. */
export function eventJson(uid: string, start: number, more: Partial<PlannedEventJson> = {}): PlannedEventJson {
  return {
    uid,
    start: iso(start),
    end: iso(start + hour),
    title: `Lecture ${uid}`,
    inputs: ['hall'],
    scheduleId: 's',
    recording: null,
    conflicts: [],
    ...more,
  };
}

/** The first has the camera `hall` when the second wants it, for half an hour. */
export function conflictJson(first: string, second: string, start: number): ConflictJson {
  return { input: 'hall', first, second, start: iso(start), end: iso(start + hour / 2), outcome: 'both-complete' };
}

/** A delivered recording of an hour on the camera `hall`. */
export function recordingJson(id: string, start: number, more: Partial<RecordingJson> = {}): RecordingJson {
  return {
    id,
    origin: 'schedule',
    state: 'delivered',
    title: `Lecture ${id}`,
    event: eventJson(id, start),
    plannedStart: iso(start),
    plannedEnd: iso(start + hour),
    start: iso(start),
    end: iso(start + hour),
    inputs: ['hall'],
    tracks: [],
    parts: [],
    gaps: [],
    pauses: [],
    isPaused: false,
    isDegraded: false,
    isOnHold: false,
    warnings: [],
    createdAt: iso(start),
    updatedAt: iso(start),
    ...more,
  };
}
