import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type DetachedProcess, followDetached, spawnDetached, startDetached } from '../process/spawn-detached.ts';
import type { CapturePlan } from './capture-plan.ts';
import { rememberFeeder } from './feeder.ts';
import { captureFiles } from './output-arguments.ts';

/** Starts what a plan says, in the folder of the capture. Rejects with TOOL_MISSING or CAPTURE_SPAWN_FAILED. */
export async function startCapture(plan: CapturePlan, directory: string): Promise<DetachedProcess> {
  const { command, argv } = plan;
  const opened: FileHandle[] = [];
  try {
    const log = await open(join(directory, captureFiles.log), 'a', 0o600);
    opened.push(log);
    if (plan.feeder) return await startFed({ ...plan, feeder: plan.feeder }, directory, log.fd);
    if (plan.list === undefined) return await spawnDetached({ command, argv, cwd: directory, logFd: log.fd });
    const list = await openUnseen(directory, plan.list);
    opened.push(list);
    return await spawnDetached({ command, argv, cwd: directory, logFd: log.fd, extraFd: list.fd });
  } finally {
    await Promise.all(opened.map((file) => file.close()));
  }
}

/**
 * Two tools joined by a pipe, without a shell and without us in between: both are started before the event loop can
 * read a byte of it, then our ends are closed.
 */
async function startFed(
  plan: CapturePlan & { feeder: NonNullable<CapturePlan['feeder']> },
  directory: string,
  logFd: number,
): Promise<DetachedProcess> {
  const { feeder, command, argv } = plan;
  const source = startDetached({ ...feeder, cwd: directory, logFd, isPiped: true });
  const pipe = source.stdout;
  if (!pipe || source.pid === undefined) return await followDetached(source, feeder.command);
  const tool = startDetached({ command, argv, cwd: directory, logFd, stdin: pipe });
  pipe.destroy();
  const [fed, feeding] = await Promise.allSettled([
    followDetached(tool, command),
    followDetached(source, feeder.command),
  ]);
  // Without its reader the feeder ends by itself.
  if (fed.status === 'rejected') throw fed.reason;
  if (feeding.status === 'fulfilled') await rememberFeeder(directory, feeding.value.identity);
  return fed.value;
}

/** A file without a name: readable through its descriptor only, gone with the last process that has it open. */
async function openUnseen(directory: string, text: string): Promise<FileHandle> {
  const path = join(directory, `.input-${process.pid}-${process.hrtime.bigint()}`);
  const written = await open(path, 'wx', 0o600);
  try {
    await written.writeFile(text);
    return await open(path, 'r');
  } finally {
    await written.close();
    await rm(path, { force: true });
  }
}
