import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { processesOf } from '../fixtures/child-processes.ts';
import { startRtspCamera } from '../fixtures/rtsp-camera.ts';
import { startStation } from '../fixtures/station.ts';
import { until } from '../fixtures/until.ts';
import { describeTool, isFfmpeg, measureBare, processorShares } from './bare-tools.ts';
import type { Bench, Figure } from './bench.ts';
import { residentBytes } from './process-tree.ts';

const CAMERAS = 4;
const SETTLE_MS = 8_000;
const MEASURE_MS = 20_000;

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
      const bare = await measureBare(ours.tools, { settleMs: SETTLE_MS, measureMs: MEASURE_MS });
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
    const [runtime = 0, captures = 0] = await processorShares([[station.pid], pids], MEASURE_MS);
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
