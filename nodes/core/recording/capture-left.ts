import { toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { CaptureEngine } from './capture.ts';
import type { StoredCapture } from './recording-store.ts';

/**
 * What a tool that is gone has left. The offset that was measured while it ran tells more than a single look
 * afterwards; files that can not be read are no reason to wait for ever. Never rejects.
 */
export async function captureLeft(
  known: StoredCapture,
  engine: CaptureEngine,
  log: Log,
): Promise<Pick<StoredCapture, 'mediaMs' | 'sizeBytes' | 'offsetMs' | 'beginsMs'>> {
  const { record, mediaMs, offsetMs } = known;
  try {
    const left = await engine.inspect(record);
    const zero = offsetMs ?? left.offsetMs;
    const { beginsMs } = left;
    return {
      mediaMs: left.mediaMs,
      sizeBytes: left.sizeBytes,
      ...(zero === undefined ? {} : { offsetMs: zero }),
      ...(beginsMs === undefined ? {} : { beginsMs }),
    };
  } catch (error) {
    log.error(`capture ${record.id} can not be looked at: ${toReelflowError(error).message}`);
    return { mediaMs, ...(offsetMs === undefined ? {} : { offsetMs }) };
  }
}
