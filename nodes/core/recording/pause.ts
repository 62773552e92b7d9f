import { ReelflowError } from '../errors.ts';
import type { Recording, RecordingPause } from './recording.ts';

/** Something that pauses and resumes without end must not make the recording itself grow without end. */
const mostPauses = 200;

type Paused = Pick<Recording, 'pauses'>;

export function isPaused({ pauses = [] }: Paused): boolean {
  const last = pauses.at(-1);
  return last !== undefined && last.end === undefined;
}

/** The pauses with one more, which is open. Throws PAUSES_TOO_MANY. */
export function paused({ pauses = [] }: Paused, at: number, isLeftOut: boolean): Required<Paused> {
  if (pauses.length >= mostPauses) {
    throw new ReelflowError('PAUSES_TOO_MANY', `a recording can be paused ${mostPauses} times`);
  }
  return { pauses: [...pauses, { start: at, isLeftOut }] };
}

/** The pauses with the open one ended: by a person, or at the recording's own end. */
export function resumed({ pauses = [] }: Paused, at: number): Required<Paused> {
  return { pauses: pauses.map((pause) => ({ ...pause, end: Math.max(pause.start, pause.end ?? at) })) };
}

/** The pauses in a finished recording: those that lie in it, all of them ended. */
export function settled({ pauses = [], plannedStart, plannedEnd }: Recording): RecordingPause[] {
  return pauses
    .map((pause) => ({
      ...pause,
      start: Math.max(pause.start, plannedStart),
      end: Math.min(pause.end ?? plannedEnd, plannedEnd),
    }))
    .filter(({ start, end }) => end > start);
}

/** The wall clock was set: pauses were noted by the old one. */
export function shiftedPauses({ pauses = [] }: Paused, deltaMs: number): Paused {
  if (pauses.length === 0) return {};
  return {
    pauses: pauses.map(({ start, end, ...pause }) => ({
      ...pause,
      start: start + deltaMs,
      ...(end === undefined ? {} : { end: end + deltaMs }),
    })),
  };
}

/** How much of a running recording is left out so far, ms. */
export function leftOutMs(recording: Recording, now: number): number {
  const until = { ...recording, plannedEnd: Math.min(now, recording.plannedEnd) };
  return settled(until).reduce((sum, { start, end, isLeftOut }) => sum + (isLeftOut ? (end ?? now) - start : 0), 0);
}
