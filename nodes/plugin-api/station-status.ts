import { cpus, freemem, loadavg, totalmem, uptime } from 'node:os';
import type { Alarm } from '../core/alarms/alarms.ts';
import { statusOf } from '../core/bus/station-messages.ts';
import type { DiskUsage } from '../core/disk/disk.ts';
import { isPaused } from '../core/recording/pause.ts';
import type { RecordingState } from '../core/recording/recording.ts';
import type { Station } from '../core/station.ts';
import { type Audience, hidePaths, iso } from './recording-json.ts';
import { nextEvents } from './schedule-json.ts';

const undeliveredLimit = 1000;

/** Share of one core that this process used of late, 0..1 and more with several cores. */
export class ProcessorShare {
  #usedMicros = 0;
  #askedAtMs = 0;
  #share = 0;

  /** Since it was last measured; measured once a second at most, so that several who ask do not spoil each other's. */
  take(): number {
    const nowMs = performance.now();
    if (this.#askedAtMs > 0 && nowMs - this.#askedAtMs < 1000) return this.#share;
    const { user, system } = process.cpuUsage();
    this.#share = Math.round((user + system - this.#usedMicros) / (nowMs - this.#askedAtMs)) / 1000;
    this.#usedMicros = user + system;
    this.#askedAtMs = nowMs;
    return this.#share;
  }
}

/** How the station is: what `GET /api/v1/status` and the `status` event say. */
export async function stationStatus(station: Station, processor: ProcessorShare, audience: Audience) {
  const now = station.clock.now();
  const running = station.recordings.list({ states: ['recording', 'finishing'] });
  const delivering = station.recordings.list({ states: ['delivering'] });
  // The same words as on the bus, so that both say the same.
  const { agent, version, online, state, since, disk } = statusOf(station, await diskOf(station));
  return {
    agent,
    version,
    online,
    state,
    since,
    clock: { now: iso(now), timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone },
    bus: { isConnected: station.bus.isConnected },
    recordings: {
      running: running.map((recording) => ({
        id: recording.id,
        title: recording.title,
        state: recording.state,
        plannedEnd: iso(recording.plannedEnd),
        inputs: recording.inputs,
        isPaused: isPaused(recording),
        isDegraded: recording.isDegraded,
      })),
      armed: count(station, ['armed']),
      delivering: delivering.length,
      /** Finished, but not handed over yet; counting ends at 1000. */
      undelivered: count(station, ['recorded', 'delivering']),
    },
    nextEvent: nextEvents(station, { from: now, limit: 1 })[0] ?? null,
    alarms: station.alarms.list().map((alarm) => alarmJson(alarm, audience)),
    disk,
    host: {
      nodeVersion: process.version,
      processorShare: processor.take(),
      processorCount: cpus().length,
      load: loadavg()[0] ?? 0,
      memoryBytes: process.memoryUsage.rss(),
      freeMemoryBytes: freemem(),
      totalMemoryBytes: totalmem(),
      uptimeMs: Math.round(uptime() * 1000),
    },
  };
}

export function alarmJson(alarm: Alarm, audience: Audience) {
  const { acknowledged } = alarm;
  return {
    ...alarm,
    message: hidePaths(alarm.message, audience),
    since: iso(alarm.since),
    acknowledged: acknowledged && { by: acknowledged.by, at: iso(acknowledged.at) },
  };
}

function count(station: Station, states: RecordingState[]): number {
  return station.recordings.list({ states, limit: undeliveredLimit }).length;
}

/** Undefined when the file system does not answer: the rest of the status is still worth having. */
async function diskOf(station: Station): Promise<DiskUsage | undefined> {
  try {
    return await station.disk.usage();
  } catch {
    return undefined;
  }
}
