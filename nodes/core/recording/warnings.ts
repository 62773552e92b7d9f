import type { Recording, RecordingWarning } from './recording.ts';

/** A camera that comes and goes for days must not make the recording itself grow without end. */
const largestCount = 200;

/** The recording's warnings with one more; the oldest give way. */
export function withWarning(recording: Recording, warning: RecordingWarning): Pick<Recording, 'warnings'> {
  return { warnings: [...recording.warnings, warning].slice(-largestCount) };
}
