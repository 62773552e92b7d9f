import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { startStation } from '../fixtures/station.ts';
import type { Bench, Figure } from './bench.ts';
import { processorMs, processTree, residentBytes } from './process-tree.ts';

/** The sample calendar's first event comes a minute after the start: all of this must lie before it. */
const SETTLE_MS = 10_000;
const IDLE_MS = 30_000;
const STARTS = 3;

/** What the product costs when it does nothing but wait for the next event. */
export const bench: Bench = {
  title: 'Idle station',
  method:
    `Scenario quick-start before its first event, nobody looking. Start: median of ${STARTS} from the spawn of ` +
    `Node to the first 200 of /health. Memory and processor: the whole process tree, ${IDLE_MS / 1000} s from ` +
    `${SETTLE_MS / 1000} s after the start.`,
  async run(): Promise<Figure[]> {
    const starts: number[] = [];
    let figures: Figure[] = [];
    for (let round = 0; round < STARTS; round += 1) {
      const station = await startStation();
      try {
        starts.push(station.healthyAfterMs);
        if (round === STARTS - 1) figures = await measureIdle(station.pid);
      } finally {
        await station.stop();
      }
    }
    const median = starts.toSorted((a, b) => a - b)[Math.floor(STARTS / 2)] ?? Number.NaN;
    return [{ what: 'Start to healthy', value: median, unit: 'ms', atMost: 3_000 }, ...figures];
  },
};

async function measureIdle(pid: number): Promise<Figure[]> {
  await delay(SETTLE_MS);
  const pids = processTree(pid);
  const before = processorMs(pids);
  const startedAt = performance.now();
  await delay(IDLE_MS);
  const usedMs = processorMs(pids) - before;
  const share = (usedMs / (performance.now() - startedAt)) * 100;
  assert.deepEqual(processTree(pid), pids, 'something ran while the station was to be idle');
  const memory = residentBytes(processTree(pid)) / 1024 ** 2;
  return [
    { what: 'Memory, resident', value: memory, unit: 'MiB', atMost: 220 },
    { what: 'Processor', value: share, unit: '% of a core', atMost: 2 },
  ];
}
