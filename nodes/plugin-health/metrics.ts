import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { isPaused } from '../core/recording/pause.ts';
import type { Recording, RecordingState } from '../core/recording/recording.ts';
import { type RestreamFigures, type Restreams, restreamStates } from '../core/restream/restream.ts';
import type { Station } from '../core/station.ts';
import type { Dispose } from '../core/time/clock.ts';
import { webhookQueue } from '../core/webhooks/webhook-rounds.ts';
import { addArchiveMetrics } from './archive-metrics.ts';
import { addPycaMetrics } from './pyca-metrics.ts';

const openStates = ['scheduled', 'armed', 'recording', 'finishing', 'recorded', 'delivering'] as const;
const endStates: readonly RecordingState[] = ['recorded', 'delivered', 'failed', 'cancelled', 'skipped'];
const openJobs = ['queued', 'active', 'retrying', 'failed'] as const;
/** Nobody needs to know more exactly, and counting reads each of them. */
const mostCounted = 1000;

/** Figures for Prometheus; docs/metrics.md lists them. Gauges are read when they are asked for, counters count along. */
export class StationMetrics {
  readonly #registry = new Registry();
  readonly #detach: Dispose;
  #hasProcess = false;

  constructor(station: Station) {
    this.#addGauges(station);
    addPycaMetrics(station, this.#registry);
    if (station.restream) this.#addRestreams(station.restream.cameras);
    const detachCounters = this.#addCounters(station);
    const detachArchive = station.archive
      ? addArchiveMetrics(station.archive, station.clock, this.#registry)
      : () => {};
    this.#detach = () => {
      detachCounters();
      detachArchive();
    };
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    // From the first scrape on, and 100 ms instead of 10: measuring the delay of the event loop must not be what keeps
    // an idle station awake.
    if (!this.#hasProcess) collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: 100 });
    this.#hasProcess = true;
    return this.#registry.metrics();
  }

  stop(): void {
    this.#detach();
    this.#registry.clear();
  }

  #addGauges(station: Station): void {
    const { recordings, schedules, alarms, bus, jobs, disk, clock, agent, version } = station;
    this.#gauge('info', 'Always 1; what is running', ['agent', 'version'], (set) => set(1, { agent, version }));
    this.#gauge('start_time_seconds', 'When the station was started, seconds since 1970', [], (set) =>
      set(station.startedAt / 1000),
    );
    this.#gauge('recordings', 'Recordings that are not over, by state (counting ends at 1000)', ['state'], (set) => {
      for (const state of openStates) set(recordings.list({ states: [state], limit: mostCounted }).length, { state });
    });
    this.#gauge('recordings_paused', 'Running recordings that are paused', [], (set) => {
      set(recordings.list({ states: ['recording'], limit: mostCounted }).filter(isPaused).length);
    });
    this.#gauge('captures', 'Cameras being recorded: capturing, or waited for', ['state'], (set) => {
      const progress = recordings.progress();
      const inputs = (isCapturing: boolean): number =>
        new Set(progress.filter((one) => one.isCapturing === isCapturing).map((one) => one.input)).size;
      set(inputs(true), { state: 'capturing' });
      set(inputs(false), { state: 'waiting' });
    });
    this.#gauge('capture_bytes', 'Captured so far for recordings that run', ['input'], (set) => {
      const bytes = new Map<string, number>();
      for (const { input, sizeBytes } of recordings.progress()) bytes.set(input, (bytes.get(input) ?? 0) + sizeBytes);
      for (const [input, sum] of bytes) set(sum, { input });
    });
    this.#gauge('disk_free_bytes', 'Free space where recordings are kept', [], async (set) => {
      set((await disk.usage()).freeBytes);
    });
    this.#gauge('disk_total_bytes', 'Size of the disk where recordings are kept', [], async (set) => {
      set((await disk.usage()).totalBytes);
    });
    this.#gauge('alarms', 'Alarms that stand, by severity and code', ['severity', 'code'], (set) => {
      const counts = new Map<string, { severity: string; code: string; count: number }>();
      for (const { severity, code } of alarms.list()) {
        const entry = counts.get(`${severity} ${code}`) ?? { severity, code, count: 0 };
        entry.count += 1;
        counts.set(`${severity} ${code}`, entry);
      }
      for (const { severity, code, count } of counts.values()) set(count, { severity, code });
    });
    const schedule = ['schedule', 'name'];
    this.#gauge('schedule_age_seconds', 'Since the calendar was last read and understood', schedule, (set) => {
      for (const { scheduleId, name, lastGoodAt } of schedules.list()) {
        if (lastGoodAt === undefined) continue;
        set(Math.max(0, clock.now() - lastGoodAt) / 1000, { schedule: scheduleId, name });
      }
    });
    this.#gauge('schedule_events', 'Events that are not over', schedule, (set) => {
      for (const { scheduleId, name, events } of schedules.list()) {
        set(events.filter((event) => event.end > clock.now()).length, { schedule: scheduleId, name });
      }
    });
    this.#gauge(
      'jobs',
      'Deliveries and other jobs that are not done, by state (counting ends at 1000)',
      ['state'],
      (set) => {
        for (const state of openJobs) {
          const listed = jobs.list({ states: [state], limit: mostCounted });
          set(listed.filter(({ queue }) => queue !== webhookQueue).length, { state });
        }
      },
    );
    this.#gauge('bus_connected', '1 while others can be reached over MQTT', [], (set) =>
      set(bus.isConnected && !bus.trouble ? 1 : 0),
    );
    this.#gauge('mqtt_clients', 'Clients of the embedded broker', [], (set) => {
      if (bus.clientCount !== undefined) set(bus.clientCount);
    });
  }

  #addRestreams(restreams: Restreams): void {
    const camera = ['camera'];
    const figure = (name: string, help: string, read: (figures: RestreamFigures) => number | undefined): void =>
      this.#gauge(`camera_${name}`, help, camera, (set) => {
        for (const { camera, figures } of restreams.list()) {
          const value = read(figures);
          if (value !== undefined) set(value, { camera });
        }
      });
    this.#gauge('camera_state', '1 for the state that a restreamed camera is in', ['camera', 'state'], (set) => {
      for (const { camera, state } of restreams.list()) {
        for (const one of restreamStates) set(one === state ? 1 : 0, { camera, state: one });
      }
    });
    this.#gauge('camera_outage', '1 while a camera is not live, by reason', ['camera', 'reason'], (set) => {
      for (const { camera, state, reason } of restreams.list()) {
        if (state !== 'live' && state !== 'stopped' && reason) set(1, { camera, reason: reason.class });
      }
    });
    figure('kilobits_per_second', 'Sent on, last ten seconds', (figures) => figures.kilobitsPerSecond);
    figure('frames_per_second', 'Sent on, last ten seconds', (figures) => figures.framesPerSecond);
    figure('reconnects_per_hour', 'Restarts after it had been live, last hour', (figures) => figures.reconnectsPerHour);
    figure('stalls_per_hour', 'Restarts because nothing came, last hour', (figures) => figures.stallsPerHour);
    figure('uptime_seconds', 'Live for so long', ({ uptimeMs }) =>
      uptimeMs === undefined ? undefined : uptimeMs / 1000,
    );
  }

  #addCounters({ recordings }: Station): Dispose {
    const counter = <Label extends string>(name: string, help: string, labelNames: Label[] = []): Counter<Label> =>
      new Counter({ name: `reelflow_${name}_total`, help, labelNames, registers: [this.#registry] });
    const ended = counter('recordings_ended', 'Recordings since the start, by what became of them', ['state']);
    const degraded = counter('recordings_degraded', 'Finished recordings with gaps');
    const warnings = counter('recording_warnings', 'Remarks on recordings (silence, black picture ...), by code', [
      'code',
    ]);
    const bytes = counter('recorded_bytes', 'Size of the finished files');
    const seconds = counter('recorded_seconds', 'Length of the finished recordings');
    for (const state of endStates) ended.inc({ state }, 0);
    return recordings.onChange((recording: Recording, before) => {
      for (const { code } of recording.warnings.slice(before?.warnings.length ?? 0)) warnings.inc({ code });
      if (recording.state === before?.state || !endStates.includes(recording.state)) return;
      // Handed back by a delivery that failed: it was counted when it was finished.
      if (recording.state === 'recorded' && before?.state === 'delivering') return;
      ended.inc({ state: recording.state });
      if (recording.state !== 'recorded') return;
      if (recording.isDegraded) degraded.inc();
      bytes.inc(recording.tracks.reduce((sum, track) => sum + track.sizeBytes, 0));
      seconds.inc(Math.max(0, ...recording.tracks.map((track) => track.durationMs)) / 1000);
    });
  }

  /** A figure that can not be had is left out; the others are still worth having. */
  #gauge(
    name: string,
    help: string,
    labelNames: string[],
    read: (set: (value: number, labels?: Record<string, string>) => void) => void | Promise<void>,
  ): void {
    new Gauge({
      name: `reelflow_${name}`,
      help,
      labelNames,
      registers: [this.#registry],
      async collect() {
        // reset() would show 0 for a gauge without labels, and nothing known is not zero.
        const forget = (): void => (labelNames.length === 0 ? this.remove() : this.reset());
        forget();
        try {
          await read((value, labels) => this.set(labels ?? {}, value));
        } catch {
          forget();
        }
      },
    });
  }
}
