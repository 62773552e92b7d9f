import { type ChildProcess, spawn } from 'node:child_process';
import type { Stream } from 'node:stream';
import { ReelflowError } from '../../core/errors.ts';
import type { ProcessEnd } from './ended.ts';
import { type ProcessIdentity, readBootId, readIdentity } from './identity.ts';
import { toolEnvironment } from './tool-environment.ts';

export interface DetachedSpawn {
  command: string;
  argv: readonly string[];
  cwd: string;
  /** Open file that takes standard output and standard error, opened for appending. */
  logFd: number;
  /** Standard input: another process's output, or /dev/null. */
  stdin?: Stream;
  /** Open file given as file descriptor 3. */
  extraFd?: number;
  /** Standard output as a pipe for the `stdin` of the next tool, instead of the log. */
  isPiped?: boolean;
}

export interface DetachedProcess {
  child: ChildProcess;
  identity: ProcessIdentity;
  ended: Promise<ProcessEnd>;
}

/**
 * Starts a process that outlives this one: own session and group, no pipe into us, not waited for at exit.
 * Rejects with TOOL_MISSING or CAPTURE_SPAWN_FAILED.
 */
export async function spawnDetached(request: DetachedSpawn): Promise<DetachedProcess> {
  const child = startDetached(request);
  return await followDetached(child, request.command);
}

/** The synchronous half: two tools that are joined by a pipe must both be started before anything is read from it. */
export function startDetached(request: DetachedSpawn): ChildProcess {
  const { command, argv, cwd, logFd, stdin, extraFd, isPiped } = request;
  return spawn(command, [...argv], {
    cwd,
    env: toolEnvironment(),
    detached: true,
    stdio: [stdin ?? 'ignore', isPiped ? 'pipe' : logFd, logFd, ...(extraFd === undefined ? [] : [extraFd])],
  });
}

/** The other half: waits until it runs, and says who it is. */
export async function followDetached(child: ChildProcess, command: string): Promise<DetachedProcess> {
  const ended = new Promise<ProcessEnd>((resolve) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.on('error', (error) => reject(spawnError(command, error)));
  });
  child.unref();
  const pid = child.pid as number;
  const identity = await settledIdentity(pid);
  // One that ended before we could look: its `ended` tells the story, nobody will look for it again.
  return { child, identity: identity ?? { pid, startTicks: '0', bootId: await readBootId(), commandHash: '' }, ended };
}

/** Between fork and exec a child still carries our own command line; that one must not be remembered. */
async function settledIdentity(pid: number): Promise<ProcessIdentity | undefined> {
  const own = await readIdentity(process.pid);
  for (let attempt = 0; ; attempt++) {
    const identity = await readIdentity(pid);
    if (!identity || identity.commandHash !== own?.commandHash || attempt === 100) return identity;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

function spawnError(command: string, cause: NodeJS.ErrnoException): ReelflowError {
  if (cause.code === 'ENOENT') {
    return new ReelflowError('TOOL_MISSING', `"${command}" is not installed or not on the PATH`, { cause });
  }
  if (cause.code === 'EACCES') {
    return new ReelflowError('TOOL_MISSING', `"${command}" may not be executed`, { cause });
  }
  return new ReelflowError('CAPTURE_SPAWN_FAILED', `"${command}" could not be started: ${cause.message}`, {
    cause,
    isRetryable: true,
  });
}
