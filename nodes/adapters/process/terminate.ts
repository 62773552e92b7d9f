import { hasMembers, signalGroup } from './identity.ts';

export interface Graces {
  /** From SIGINT to SIGTERM. */
  interruptMs: number;
  /** From SIGTERM to SIGKILL. */
  terminateMs: number;
}

export const captureGraces: Graces = { interruptMs: 10_000, terminateMs: 5000 };
/**
 * For a tool that gets no data any more: FFmpeg looks at a SIGINT only between two packets, so it would sit out the
 * whole grace, and there is nothing left to write. The second signal reaches it even while it waits.
 */
export const stalledGraces: Graces = { interruptMs: 2000, terminateMs: 3000 };

/** How long a killed process may take to go: one that hangs in the kernel can not be ended by anybody. */
const killedMs = 2000;

/**
 * Ends a process group as gently as it lets us: one SIGINT, which makes FFmpeg close its files, then SIGTERM, then
 * SIGKILL. Never two signals close together: a second one within milliseconds leaves FFmpeg's files empty. `isGone`
 * says whether the leader has ended; the rest of its group (a script's children) is waited for as well.
 */
export async function terminateGroup(groupId: number, isGone: () => boolean, graces = captureGraces): Promise<void> {
  for (const [signal, graceMs] of [
    ['SIGINT', graces.interruptMs],
    ['SIGTERM', graces.terminateMs],
    ['SIGKILL', killedMs],
  ] as const) {
    if (!signalGroup(groupId, signal)) return;
    const deadline = performance.now() + graceMs;
    while (performance.now() < deadline) {
      if (isGone() && !(await hasMembers(groupId))) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
