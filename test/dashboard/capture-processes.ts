import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, processesOf } from '../fixtures/child-processes.ts';

/** Pids of the capture tools that write for a station, lowest first. */
export function captureProcesses(dataRoot: string): number[] {
  return processesOf(join(dataRoot, 'captures'))
    .filter((pid) => isAlive(pid) && commandOf(pid).includes('capture.mp4'))
    .sort((a, b) => a - b);
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return ''; // It has ended meanwhile.
  }
}
