import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { processorMs } from './process-tree.ts';

/** A tool as it was found running: enough to start the same one without us. */
export interface Tool {
  pid: number;
  argv: string[];
  /** Camera addresses are handed over in an unnamed file, so that no process list shows their passwords. */
  list: string | undefined;
}

/** Processor share of the same tools without us, in percent of a core, from `settleMs` after their start. */
export async function measureBare(
  tools: readonly Tool[],
  { settleMs, measureMs }: { settleMs: number; measureMs: number },
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'bare-'));
  const children = tools.map((tool) => startBare(tool, folder));
  try {
    await delay(settleMs);
    const [share = 0] = await processorShares([children.map((child) => child.pid ?? 0)], measureMs);
    for (const child of children) assert.equal(child.exitCode, null, 'bare FFmpeg ended early');
    return share;
  } finally {
    await Promise.all(
      children.map(async (child) => {
        if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit');
      }),
    );
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Percent of one core that each group of processes uses, measured at the same time. */
export async function processorShares(groups: readonly (readonly number[])[], measureMs: number): Promise<number[]> {
  const before = groups.map((pids) => processorMs(pids));
  const startedAt = performance.now();
  await delay(measureMs);
  const passedMs = performance.now() - startedAt;
  return groups.map((pids, index) => ((processorMs(pids) - (before[index] ?? 0)) / passedMs) * 100);
}

export function isFfmpeg(pid: number): boolean {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`)) === 'ffmpeg';
  } catch {
    return false; // ended meanwhile
  }
}

export function describeTool(pid: number): Tool {
  const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  let list: string | undefined;
  try {
    list = readFileSync(`/proc/${pid}/fd/3`, 'utf8');
  } catch {
    // No such descriptor, or a socket of FFmpeg's own: this tool has its address in its arguments.
  }
  return { pid, argv, list };
}

/** The arguments name files by names relative to the capture's folder, so another folder is enough. */
function startBare(tool: Tool, folder: string): ChildProcess {
  const cwd = mkdtempSync(join(folder, 'capture-'));
  const [command = 'ffmpeg', ...args] = tool.argv;
  writeFileSync(join(cwd, 'list'), tool.list ?? '');
  const log = openSync(join(cwd, 'log'), 'w');
  return spawn(command, args, { cwd, stdio: ['ignore', log, log, openSync(join(cwd, 'list'), 'r')] });
}
