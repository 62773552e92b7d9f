import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isRunning, type ProcessIdentity } from '../process/identity.ts';
import { terminateGroup } from '../process/terminate.ts';
import { ownerFile, RunFolders } from './run-folder.ts';

/** A runtime that crashed is back within seconds, and its streams go on. Other stations wait a little longer than this. */
const graceMs = 12_000;
const everyMs = 500;
const graces = { interruptMs: 1000, terminateMs: 3000 };

/**
 * Ends the streams of a runtime that died and did not come back: they would send on for ever with nobody to watch them,
 * and be in the way of a station that takes the cameras over. A program of its own, started by RestreamGuard.
 */
export async function endUnwatched(dataRoot: string, waitMs = graceMs): Promise<void> {
  const deadline = performance.now() + waitMs;
  while (performance.now() < deadline) {
    if (await hasOwner(dataRoot)) return;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  const found = await Promise.all(
    (['restream', 'live'] as const).map(async (kind) => await new RunFolders(dataRoot, kind).running()),
  );
  const pids = found.flatMap((running) => [...running.values()].flat());
  await Promise.all(pids.map((pid) => terminateGroup(pid, () => true, graces)));
}

async function hasOwner(dataRoot: string): Promise<boolean> {
  const text = await readFile(join(dataRoot, ownerFile), 'utf8').catch(() => undefined);
  if (text === undefined) return false;
  try {
    return await isRunning(JSON.parse(text) as ProcessIdentity);
  } catch {
    // Half written by a runtime that starts at this moment: the next look tells.
    return false;
  }
}

const [, program, dataRoot] = process.argv;
if (program !== undefined && dataRoot !== undefined && import.meta.url === pathToFileURL(program).href) {
  await endUnwatched(dataRoot);
}
