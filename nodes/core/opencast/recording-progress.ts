import type { Recording } from '../recording/recording.ts';
import type { RecordingState } from './states.ts';

/**
 * What the core is told of a recording: the one table from our states to Opencast's. undefined: nothing yet, or nothing
 * any more.
 *
 * @param coreUrl uploads to anywhere else are none of its business
 * @param isUncaptured no input of it has delivered for a while
 */
export function recordingStateOf(
  recording: Recording,
  coreUrl: string | undefined,
  isUncaptured: boolean,
): RecordingState | undefined {
  const { state, delivery } = recording;
  const isToCore = delivery !== undefined && coreUrl !== undefined && delivery.target === coreUrl;
  switch (state) {
    case 'scheduled':
    case 'armed':
    case 'cancelled':
      return undefined;
    case 'recording':
      return isUncaptured ? 'capture_error' : 'capturing';
    case 'finishing':
      return undefined;
    case 'recorded':
      return 'capture_finished';
    case 'delivering':
      if (!isToCore) return 'capture_finished';
      return delivery.lastError ? 'upload_error' : 'uploading';
    case 'delivered':
      return isToCore ? 'upload_finished' : 'capture_finished';
    case 'failed':
    case 'skipped':
      return 'capture_error';
  }
}

/** States that the core should have heard of before this one: a restart may have come between. */
export function missedBefore(next: RecordingState, said: RecordingState | undefined): RecordingState[] {
  const isUpload = next === 'uploading' || next === 'upload_finished' || next === 'upload_error';
  const wasCapturing = said === 'capturing' || said === 'capture_error';
  return isUpload && wasCapturing ? ['capture_finished'] : [];
}

/** A recording that is delivered may be uploaded once more; these never change again. */
export function isClosed({ state }: Recording): boolean {
  return state === 'failed' || state === 'cancelled' || state === 'skipped';
}
