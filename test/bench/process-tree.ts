import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts processor time in these, whatever the kernel's own tick is. */
const TICKS_PER_SECOND = 100;

/** `pid` and all its descendants, captures that went to a session of their own included as long as it is their parent. */
export function processTree(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const parent = /^PPid:\s+(\d+)$/m.exec(read(`/proc/${name}/status`))?.[1];
    if (parent) parents.set(Number(name), Number(parent));
  }
  const tree = [pid];
  for (const member of tree) {
    for (const [child, parent] of parents) if (parent === member) tree.push(child);
  }
  return tree;
}

/** Memory that these processes hold in RAM, shared pages counted in each (RSS), in bytes. */
export function residentBytes(pids: readonly number[]): number {
  const sizes = pids.map((pid) => Number(/^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0));
  return sizes.reduce((sum, size) => sum + size * 1024, 0);
}

/** Processor time used so far, user and system, in ms; proc(5) fields 14 and 15, counted after the command's ")". */
export function processorMs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const fields = read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ') ?? [];
    return sum + ((Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 1000) / TICKS_PER_SECOND;
  }, 0);
}

/** The same of the children that have ended and were waited for; fields 16 and 17. */
export function endedChildrenMs(pid: number): number {
  const fields = read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ') ?? [];
  return ((Number(fields[13] ?? 0) + Number(fields[14] ?? 0)) * 1000) / TICKS_PER_SECOND;
}

/** What all cores together have been doing nothing, or only waited for a disk, since the start of the machine, in ms. */
export function machineIdleMs(): number {
  const [, , , idle = 0, waiting = 0] =
    read('/proc/stat').split('\n')[0]?.trim().split(/\s+/).slice(1).map(Number) ?? [];
  return ((idle + waiting) * 1000) / TICKS_PER_SECOND;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // ended meanwhile
  }
}
