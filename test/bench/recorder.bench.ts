import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { processesOf } from '../fixtures/child-processes.ts';
import { startRtspCamera } from '../fixtures/rtsp-camera.ts';
import { startStation } from '../fixtures/station.ts';
import { until } from '../fixtures/until.ts';
import type { Bench, Figure } from './bench.ts';
import { processorMs, residentBytes } from './process-tree.ts';

const CAMERAS = 4;
const SETTLE_MS = 8_000;
const MEASURE_MS = 20_000;

/** A capture tool as it was found running: enough to start the same one without us. */
interface Tool {
  pid: number;
  argv: string[];
  /** Camera addresses are handed over in an unnamed file, so that no process list shows their passwords. */
  list: string | undefined;
}

/** What recording costs on top of the bare tool. */
export const bench: Bench = {
  title: 'Recording four cameras',
  method:
    `${CAMERAS} RTSP cameras of 1280x720 at 25 frames/s with sound, on the same machine, copied without encoding. First a ` +
    `station records them, then bare FFmpeg with the very arguments of the station's captures. Processor: ` +
    `${MEASURE_MS / 1000} s each, from ${SETTLE_MS / 1000} s after the start.`,
  async run(): Promise<Figure[]> {
    const cameras = await startRtspCamera({
      cameras: CAMERAS,
      withAudio: [1, 2, 3, 4],
      size: '1280x720',
      framesPerSecond: 25,
      groupOfPictures: 50,
      kilobitsPerSecond: 2000,
    });
    try {
      const urls = Array.from({ length: CAMERAS }, (_, index) => cameras.url(index + 1));
      const ours = await measureStation(urls);
      const bare = await measureBare(ours.tools);
      return [
        { what: 'Reelflow and its captures', value: ours.total, unit: '% of a core' },
        { what: 'of this, Reelflow itself', value: ours.runtime, unit: '% of a core' },
        { what: 'Bare FFmpeg, same arguments', value: bare, unit: '% of a core' },
        { what: 'All of Reelflow to bare FFmpeg', value: ours.total / bare, unit: 'ratio' },
        { what: 'Memory of Reelflow itself', value: ours.memoryBytes / 1024 ** 2, unit: 'MiB' },
      ];
    } finally {
      await cameras.stop();
    }
  },
};

async function measureStation(urls: readonly string[]) {
  const dataRoot = mkdtempSync(join(tmpdir(), 'bench-'));
  writeFileSync(join(dataRoot, 'flows.json'), flowFor(urls));
  const station = await startStation({ dataRoot });
  try {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ title: 'bench', durationMs: 120_000 });
    await until(
      async () => (await station.api('/api/v1/recordings', { method: 'POST', headers, body })).status === 201,
      {
        what: 'the recording to be accepted',
      },
    );
    const pids = await until(
      () => {
        const found = processesOf(dataRoot).filter(isFfmpeg);
        return found.length === urls.length ? found : undefined;
      },
      { what: `${urls.length} captures` },
    );
    await delay(SETTLE_MS);
    assert.deepEqual(processesOf(dataRoot).filter(isFfmpeg), pids, 'a capture was restarted');
    const [runtime = 0, captures = 0] = await processorShares([[station.pid], pids]);
    return {
      runtime,
      total: runtime + captures,
      memoryBytes: residentBytes([station.pid]),
      tools: pids.map(describeTool),
    };
  } finally {
    await station.stop();
    rmSync(dataRoot, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function measureBare(tools: readonly Tool[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'bare-'));
  const children = tools.map((tool) => startBare(tool, folder));
  try {
    await delay(SETTLE_MS);
    const [share = 0] = await processorShares([children.map((child) => child.pid ?? 0)]);
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
async function processorShares(groups: readonly (readonly number[])[]): Promise<number[]> {
  const before = groups.map((pids) => processorMs(pids));
  const startedAt = performance.now();
  await delay(MEASURE_MS);
  const passedMs = performance.now() - startedAt;
  return groups.map((pids, index) => ((processorMs(pids) - (before[index] ?? 0)) / passedMs) * 100);
}

function isFfmpeg(pid: number): boolean {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`)) === 'ffmpeg';
  } catch {
    return false; // ended meanwhile
  }
}

function describeTool(pid: number): Tool {
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

function flowFor(urls: readonly string[]): string {
  const cameras = urls.map((url, index) => ({
    id: `camera-${index}`,
    type: 'capture-camera',
    name: `hall-${index + 1}`,
    version: 1,
    kind: 'rtsp',
    url,
    profile: 'copy',
  }));
  const common = { z: 'tab', x: 100, y: 100 };
  return JSON.stringify([
    { id: 'tab', type: 'tab', label: 'Bench' },
    ...cameras,
    {
      ...common,
      id: 'recorder',
      type: 'capture-recorder',
      version: 1,
      cameras: cameras.map(({ id }) => id),
      wires: [[], []],
    },
  ]);
}
