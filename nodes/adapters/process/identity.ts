import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';

/**
 * Names one process for ever: pids are used again, but not with the same start time in the same boot. The hash of the
 * command line is the third witness. Linux only (proc(5)).
 */
export interface ProcessIdentity {
  pid: number;
  /** Field 22 of /proc/PID/stat, clock ticks since boot. */
  startTicks: string;
  /** /proc/sys/kernel/random/boot_id */
  bootId: string;
  /** SHA-256 of /proc/PID/cmdline. */
  commandHash: string;
}

export async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

/** Who has this pid now; undefined when nobody has, or only a zombie that waits for its parent. */
export async function readIdentity(pid: number): Promise<ProcessIdentity | undefined> {
  const [stat, bootId, command] = await Promise.all([readStat(pid), readBootId(), readCommandLine(pid)]);
  if (!stat || command === undefined || stat.state === 'Z' || stat.state === 'X') return undefined;
  return { pid, startTicks: stat.startTicks, bootId, commandHash: hashOf(command) };
}

/**
 * True while that very process runs. `isCommandFixed: false` for tools that may exec another program (a user's own
 * script): for these pid, start time and boot decide alone.
 */
export async function isRunning(identity: ProcessIdentity, isCommandFixed = true): Promise<boolean> {
  const now = await readIdentity(identity.pid);
  return (
    now !== undefined &&
    now.startTicks === identity.startTicks &&
    now.bootId === identity.bootId &&
    (!isCommandFixed || now.commandHash === identity.commandHash)
  );
}

/** True while any process of the group lives. Zombies that nobody collects (a container without an init) do not. */
export async function hasMembers(groupId: number): Promise<boolean> {
  if (!signalGroup(groupId, 0)) return false;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map((pid) => readStat(Number(pid))));
  return stats.some((stat) => stat !== undefined && stat.group === groupId && stat.state !== 'Z' && stat.state !== 'X');
}

/** False when there is no such group any more. */
export function signalGroup(groupId: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-groupId, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

async function readStat(pid: number): Promise<{ state: string; group: number; startTicks: string } | undefined> {
  const text = await readOrNothing(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The second field is the program's name in parentheses and may itself contain spaces and parentheses.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .trim()
    .split(' ');
  const [state, , group] = fields;
  const startTicks = fields[19];
  return state && startTicks ? { state, group: Number(group), startTicks } : undefined;
}

function readCommandLine(pid: number): Promise<string | undefined> {
  return readOrNothing(`/proc/${pid}/cmdline`);
}

async function readOrNothing(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'latin1');
  } catch (error) {
    // ESRCH: it ended between open and read.
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text, 'latin1').digest('hex');
}
