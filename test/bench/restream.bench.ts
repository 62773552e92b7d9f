import { setTimeout as delay } from 'node:timers/promises';
import { startRtspCamera } from '../fixtures/rtsp-camera.ts';
import { until } from '../fixtures/until.ts';
import { type RestreamStation, startRestreamStation } from '../restream/fixtures/restream-station.ts';
import { describeTool, measureBare, processorShares } from './bare-tools.ts';
import type { Bench, Figure } from './bench.ts';
import { residentBytes } from './process-tree.ts';

const CAMERAS = 50;
const SETTLE_MS = 10_000;
const MEASURE_MS = 30_000;
const OFF_MS = 60_000;

/** What restreaming costs on top of bare FFmpeg, and how soon it reacts. */
export const bench: Bench = {
  title: 'Restreaming fifty cameras',
  method:
    `${CAMERAS} RTSP cameras of 320x240 at 5 frames/s and the media server on the same machine, copied by one FFmpeg each. ` +
    `Processor: ${MEASURE_MS / 1000} s each, first with a station, then the very same FFmpegs without it. Back: from ` +
    `the moment a camera answers again after ${OFF_MS / 1000} s. Frozen: from its last picture.`,
  async run(): Promise<Figure[]> {
    const media = await startRtspCamera({ cameras: 0 });
    const cameras = await startRtspCamera({
      ...{ cameras: CAMERAS, withAudio: [], size: '320x240', framesPerSecond: 5 },
      ...{ groupOfPictures: 5, kilobitsPerSecond: 100, pattern: 'ball' },
    });
    const station = await startRestreamStation({
      env: { REELFLOW_MEDIA_SERVER: media.restreamUrl('').replace(/\/$/, '') },
    });
    try {
      const startedAt = performance.now();
      for (let n = 1; n <= CAMERAS; n++) await station.send('add', `cam${n}`, cameras.url(n));
      await until(async () => (await liveCount(station)) === CAMERAS, { timeoutMs: 180_000, what: 'all to be live' });
      const allLiveMs = performance.now() - startedAt;
      await delay(SETTLE_MS);
      const pids = [...station.tools().values()].flat();
      const [runtime = 0, tools = 0] = await processorShares([[station.pid], pids], MEASURE_MS);
      const memory = residentBytes([station.pid]) / 1024 ** 2;
      const frozenMs = await timeOf(async () => {
        await cameras.control('freeze', 2);
        await station.waitFor('cam2', 'a stall', ({ figures }) => figures.stallsPerHour > 0, 60_000);
      });
      await cameras.control('off', 1);
      await delay(OFF_MS);
      const backMs = await timeOf(async () => {
        await cameras.control('on', 1);
        await station.waitLive('cam1', 60_000);
      });
      const described = [...station.tools().values()].flat().map(describeTool);
      await station.stop();
      await cameras.control('thaw', 2);
      const bare = await measureBare(described, { settleMs: SETTLE_MS, measureMs: MEASURE_MS });
      return [
        { what: 'All live after', value: allLiveMs, unit: 'ms', atMost: 60_000 },
        { what: 'Reelflow itself', value: runtime, unit: '% of a core', atMost: 5 },
        { what: 'Reelflow and its FFmpegs', value: runtime + tools, unit: '% of a core' },
        { what: 'Bare FFmpeg, same arguments', value: bare, unit: '% of a core' },
        { what: 'All of Reelflow to bare FFmpeg', value: (runtime + tools) / bare, unit: 'ratio', atMost: 1.1 },
        { what: 'Memory of Reelflow itself', value: memory, unit: 'MiB' },
        { what: 'Frozen camera noticed', value: frozenMs, unit: 'ms', atMost: 20_000 },
        { what: 'Live again after a minute off', value: backMs, unit: 'ms', atMost: 5000 },
      ];
    } finally {
      await station.stop();
      await Promise.all([cameras.stop(), media.stop()]);
    }
  },
};

async function liveCount(station: RestreamStation): Promise<number> {
  const list = (await (await station.api('/cameras')).json()) as { state: string }[];
  return list.filter(({ state }) => state === 'live').length;
}

async function timeOf(action: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await action();
  return performance.now() - startedAt;
}
