import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunning, type ProcessIdentity } from '../process/identity.ts';
import { type Graces, terminateGroup } from '../process/terminate.ts';

const fileName = 'feeder.json';
/** It has lost its reader, so it ends by itself within moments; a camera tool that hangs would keep the camera. */
const graces: Graces = { interruptMs: 3000, terminateMs: 3000 };

/** Remembers the tool that feeds FFmpeg beside the capture, for the runtime that adopts it. */
export async function rememberFeeder(directory: string, identity: ProcessIdentity): Promise<void> {
  await writeFile(join(directory, fileName), JSON.stringify(identity), { mode: 0o600 });
}

/** Makes sure that a capture's feeder is gone, once the capture itself is. */
export async function endFeeder(directory: string): Promise<void> {
  const path = join(directory, fileName);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const identity = JSON.parse(text) as ProcessIdentity;
  let isGone = !(await isRunning(identity));
  if (!isGone) {
    const watching = setInterval(() => {
      isRunning(identity).then(
        (running) => {
          isGone = !running;
        },
        () => undefined,
      );
    }, 100);
    await terminateGroup(identity.pid, () => isGone, graces).finally(() => clearInterval(watching));
  }
  await rm(path, { force: true });
}
