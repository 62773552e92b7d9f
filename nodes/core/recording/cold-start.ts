import type { Recording, RecordingGap } from './recording.ts';

/** A manual recording is asked for by its length: a slow camera must not shorten it, up to this much. */
const longestShiftMs = 30_000;

/** Cameras do not start at the same moment: so much is no fault of a recording that begins when somebody says so. */
const slowStartMs = 5000;

/** A camera of a recording that was started by hand began a little after the first one. Listed, but no fault. */
export function isSlowStart({ origin, plannedStart }: Recording, { start, end }: RecordingGap): boolean {
  return origin === 'manual' && start === plannedStart && end - start <= slowStartMs;
}

/** A manual recording that waits for the first picture of its first camera. */
function isCold(recording: Recording): boolean {
  return recording.origin === 'manual' && recording.state === 'recording' && recording.start === undefined;
}

/** When a recording ends: as planned, but a manual one not before its camera had the time to start. */
export function endsAt(recording: Recording): number {
  const { plannedStart, plannedEnd, endedBy } = recording;
  return isCold(recording) && endedBy === undefined ? Math.max(plannedEnd, plannedStart + longestShiftMs) : plannedEnd;
}

/** A manual recording is a length, not a time of the day: it moves along when the wall clock is set. */
export function shifted(recording: Recording, deltaMs: number): Partial<Recording> {
  if (recording.origin !== 'manual') return {};
  const { plannedStart, plannedEnd, start } = recording;
  return {
    plannedStart: plannedStart + deltaMs,
    plannedEnd: plannedEnd + deltaMs,
    ...(start === undefined ? {} : { start: start + deltaMs }),
  };
}

/** The times of a cold recording once its first picture is there; undefined when it is not cold. */
export function afterFirstFrame(
  recording: Recording,
  at: number,
): Pick<Recording, 'start' | 'plannedStart' | 'plannedEnd'> | undefined {
  if (!isCold(recording)) return undefined;
  const { plannedStart, plannedEnd, endedBy } = recording;
  // Stopped by a person before the first picture: there is nothing to make up for.
  if (endedBy !== undefined) return { start: at, plannedStart, plannedEnd };
  const shiftMs = Math.min(longestShiftMs, Math.max(0, at - plannedStart));
  return { start: at, plannedStart: plannedStart + shiftMs, plannedEnd: plannedEnd + shiftMs };
}
