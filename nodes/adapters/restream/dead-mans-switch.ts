import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import type { Log } from '../../core/log.ts';
import { readIdentity } from '../process/identity.ts';
import { toolEnvironment } from '../process/tool-environment.ts';
import { ownerFile } from './run-folder.ts';

/**
 * Sees to it that streams do not outlive their runtime by more than a few seconds when it dies, however it dies. `xargs`
 * waits at the end of a pipe of ours, costs nothing, and starts restream-guard.ts when the kernel closes the pipe.
 */
export class DeadMansSwitch {
  readonly #dataRoot: string;
  readonly #log: Log;
  #waiting: ChildProcess | undefined;

  constructor(dataRoot: string, log: Log) {
    this.#dataRoot = dataRoot;
    this.#log = log;
  }

  /** This runtime has the streams from now on: a guard that an earlier one left behind goes without doing anything. */
  async take(): Promise<void> {
    const path = join(this.#dataRoot, ownerFile);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(`${path}.partial`, JSON.stringify(await readIdentity(process.pid)), { mode: 0o600 });
    await rename(`${path}.partial`, path);
  }

  /** From the first stream on. */
  arm(): void {
    if (this.#waiting) return;
    const program = join(import.meta.dirname, `restream-guard${extname(import.meta.filename)}`);
    const child = spawn('xargs', [process.execPath, program, this.#dataRoot], {
      cwd: '/',
      env: toolEnvironment(),
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#waiting = child;
    child.stdin.on('error', () => {});
    child.once('error', (error) =>
      this.#log.warn(`streams would outlive a crash: "xargs" can not be started (${error.message})`),
    );
    child.unref();
    // A pipe that is open for writing would keep a process alive that has nothing else to do.
    (child.stdin as unknown as { unref(): void }).unref();
  }

  /** All streams have ended: nothing is left to guard. */
  disarm(): void {
    this.#waiting?.kill('SIGKILL');
    this.#waiting = undefined;
  }
}
