import type { Recording } from './recording.ts';
import type { RetentionPolicy } from './recordings.ts';

/**
 * Which delivered recordings to remove: those past their age, then the oldest until enough is free. What has not been
 * delivered, or waits on hold, is never among them, however full the disk is.
 *
 * @param sizeOf bytes that removing a recording would free
 */
export function chooseExpired(
  recordings: readonly Recording[],
  policy: RetentionPolicy,
  situation: { now: number; freeBytes: number; sizeOf: (recording: Recording) => number },
): Recording[] {
  const removable = recordings
    .filter((recording) => recording.state === 'delivered' && !recording.isOnHold)
    .sort((a, b) => a.plannedEnd - b.plannedEnd);
  const expired: Recording[] = [];
  let free = situation.freeBytes;
  for (const recording of removable) {
    const isOld = policy.maxAgeMs > 0 && situation.now - recording.plannedEnd > policy.maxAgeMs;
    const isInTheWay = policy.minFreeBytes > 0 && free < policy.minFreeBytes;
    if (!isOld && !isInTheWay) continue;
    expired.push(recording);
    free += situation.sizeOf(recording);
  }
  return expired;
}
