import type { ProgressJson, RecordingJson } from './types.ts';

/** So short a stretch says nothing about a bit rate: the first key frames weigh too much. */
const tellingMs = 5000;

/**
 * Bytes a second that recording takes: of all cameras that record now, else of the newest finished recording;
 * undefined before anything was recorded.
 */
export function recordingRate(
  progress: readonly ProgressJson[],
  recordings: readonly RecordingJson[],
): number | undefined {
  const telling = progress.filter((one) => one.durationMs >= tellingMs);
  if (telling.length > 0) return telling.reduce((sum, one) => sum + rateOf(one.sizeBytes, one.durationMs), 0);
  const last = recordings.find((one) => one.tracks.some((track) => track.durationMs >= tellingMs));
  return last?.tracks.reduce((sum, track) => sum + rateOf(track.sizeBytes, track.durationMs), 0);
}

function rateOf(sizeBytes: number, durationMs: number): number {
  return durationMs > 0 ? (sizeBytes / durationMs) * 1000 : 0;
}
