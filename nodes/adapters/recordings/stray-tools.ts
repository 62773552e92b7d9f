import { readdir, readFile, readlink } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { stalledGraces, terminateGroup } from '../process/terminate.ts';

/**
 * Ends the capture tools that work in a folder of captures, but for those of the captures named in `adopted`. Tools are
 * told from a person's shell in there by having no terminal (field 7 of /proc/PID/stat, proc(5)); whole groups are
 * ended, since a user's own tool may have children. Linux only.
 */
export async function endStrayTools(capturesRoot: string, adopted: ReadonlySet<string>): Promise<void> {
  const groups = new Set<number>();
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const capture = await captureOf(pid, capturesRoot);
    if (capture === undefined || adopted.has(capture)) continue;
    const group = await detachedGroup(pid);
    if (group !== undefined) groups.add(group);
  }
  await Promise.all([...groups].map((group) => terminateGroup(group, () => true, stalledGraces)));
}

/** The capture in whose folder a process works; undefined for all other processes, and those of other users. */
async function captureOf(pid: string, capturesRoot: string): Promise<string | undefined> {
  const directory = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  if (directory === undefined) return undefined;
  const way = relative(capturesRoot, directory);
  return way === '' || way.startsWith('..') || way.startsWith(sep) ? undefined : way.split(sep)[0];
}

async function detachedGroup(pid: string): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  // Behind the program's name in parentheses: state, parent, group, session, terminal.
  const [state, , group, , terminal] = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? [];
  return terminal === '0' && state !== 'Z' && Number(group) > 1 ? Number(group) : undefined;
}
