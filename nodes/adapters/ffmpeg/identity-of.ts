import type { CaptureRecord } from '../../core/recording/capture.ts';
import type { ProcessIdentity } from '../process/identity.ts';

/** The process that a stored capture was. */
export function identityOf(record: CaptureRecord): ProcessIdentity {
  const { pid, processStartTicks, bootId, commandHash } = record;
  return { pid, startTicks: processStartTicks, bootId, commandHash };
}

/** FFmpeg keeps its command line; a user's own tool may be a script that becomes another program. */
export function isCommandFixed(record: CaptureRecord): boolean {
  return record.outputs === undefined;
}
