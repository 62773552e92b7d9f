import { ReelflowError } from '../errors.ts';
import type { Recording, RecordingState } from './recording.ts';

/** Which state may follow which (design, section 4). A power cut may end any of the running ones in `failed`. */
const successors: Record<RecordingState, readonly RecordingState[]> = {
  scheduled: ['armed', 'recording', 'cancelled', 'skipped', 'failed'],
  armed: ['recording', 'cancelled', 'skipped', 'failed'],
  recording: ['finishing', 'failed'],
  finishing: ['recorded', 'failed'],
  recorded: ['delivering', 'delivered'],
  delivering: ['delivered', 'recorded'],
  delivered: ['delivering'],
  failed: [],
  cancelled: [],
  skipped: [],
};

/** States in which a capture may be writing for the recording. */
export const runningStates: readonly RecordingState[] = ['recording', 'finishing'];
/** States before the first frame. */
export const waitingStates: readonly RecordingState[] = ['scheduled', 'armed'];

export function isRunning(state: RecordingState): boolean {
  return runningStates.includes(state);
}

export function isWaiting(state: RecordingState): boolean {
  return waitingStates.includes(state);
}

/** Nothing is captured for it any more, or cut out of what was. */
export function isOver(state: RecordingState): boolean {
  return !isWaiting(state) && !isRunning(state);
}

/** Moves a recording on; an impossible step is a programming error and says so. */
export function moveTo(recording: Recording, next: RecordingState, now: number): Recording {
  if (recording.state === next) return recording;
  if (!successors[recording.state].includes(next)) {
    throw new ReelflowError(
      'RECORDING_STATE',
      `a recording that is ${recording.state} can not become ${next} (${recording.id})`,
    );
  }
  return { ...recording, state: next, updatedAt: now };
}
