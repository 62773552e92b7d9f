import type { ProcessEnd } from './ended.ts';
import { isRunning, type ProcessIdentity } from './identity.ts';

/**
 * Settles when a process that is not our child is gone; looks twice a second. How it ended is not told to anybody but
 * its parent, so both fields are null. Does not keep this process alive.
 */
export async function waitForEnd(identity: ProcessIdentity, isCommandFixed = true, everyMs = 500): Promise<ProcessEnd> {
  while (await isRunning(identity, isCommandFixed)) {
    await new Promise((resolve) => setTimeout(resolve, everyMs).unref());
  }
  return { exitCode: null, signal: null };
}
