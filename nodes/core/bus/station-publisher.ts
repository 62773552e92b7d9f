import type { DiskUsage } from '../disk/disk.ts';
import { toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Recording, RecordingProgress } from '../recording/recording.ts';
import type { Station } from '../station.ts';
import type { Dispose } from '../time/clock.ts';
import type { InstantLoop } from '../time/instant-loop.ts';
import { offline } from './messages.ts';
import { PacedTopics } from './paced-topics.ts';
import { alarmOf, boundedLevel, iso, recordingOf, scheduleOf, statusOf, warningOf } from './station-messages.ts';
import { type AgentTopics, agentTopics, readTopic, topicMatches } from './topics.ts';

const second = 1000;
const day = 24 * 3600 * second;
const mostRecordings = 200;
/** Finished ones stay on the bus this long. */
const keepMs = day;
const eventsPerMinute = 120;

/** Tells the bus how the station is, and what happens. One for each station, from start to stop. */
export class StationPublisher {
  readonly #station: Station;
  readonly #loop: InstantLoop;
  readonly #log: Log;
  readonly #topics: AgentTopics;
  readonly #paced: PacedTopics;
  readonly #disposables: Dispose[] = [];
  readonly #published = new Set<string>();
  #disk: DiskUsage | undefined;
  #schedule = '';
  #eventsLeft = eventsPerMinute;

  constructor(station: Station, log: Log) {
    this.#station = station;
    this.#loop = station.loop;
    this.#log = log;
    this.#topics = agentTopics(station.agent);
    this.#paced = new PacedTopics(station.bus, station.clock, station.loop);
  }

  start(): void {
    const { recordings, schedules, alarms, cameras, bus } = this.#station;
    this.#disposables.push(
      recordings.onChange((recording, before) => this.#recordingChanged(recording, before)),
      recordings.onRemove((recording) => this.#recordingRemoved(recording)),
      recordings.onProgress((progress) => this.#progressed(progress)),
      schedules.onChange(() => this.#publishSchedule()),
      cameras.onChange(() => this.#publishStatus()),
      alarms.onChange(({ kind, alarm }) => {
        this.#publishStatus();
        this.#tell('alarm', { at: this.#now(), change: kind, alarm: alarmOf(alarm, this.#station.dataRoot) });
      }),
      // An external broker may still keep recordings that are long gone here.
      bus.subscribe(`reelflow/${this.#station.agent}/recording/+`, ({ topic, isRetained, payload }) => {
        if (isRetained && payload.byteLength > 0) this.#clearStranger(topic);
      }),
      this.#loop.every(30 * second, () => this.#lookAtDisk()),
      this.#loop.every(60 * second, () => this.#eachMinute()),
    );
    for (const recording of this.#current()) this.#publishRecording(recording);
    this.#publishSchedule();
    this.#publishStatus();
    this.#lookAtDisk();
  }

  /** Says goodbye. Once it returns nothing more is published. */
  stop(): void {
    if (this.#disposables.length === 0) return;
    for (const dispose of this.#disposables.splice(0)) dispose();
    this.#paced.stop();
    this.#station.bus.publish(this.#topics.status, offline, { isRetained: true, qos: 1 });
  }

  #publishStatus(): void {
    const make = (): unknown => statusOf(this.#station, this.#disk);
    this.#paced.offer(this.#topics.status, make, { everyMs: second, isRetained: true });
  }

  #publishSchedule(): void {
    const { schedules, clock, dataRoot } = this.#station;
    const make = (): unknown => {
      const message = scheduleOf(schedules.list(), clock.now(), dataRoot);
      this.#schedule = JSON.stringify(message);
      return message;
    };
    this.#paced.offer(this.#topics.schedule, make, { everyMs: 2 * second, isRetained: true });
  }

  #publishRecording(recording: Recording): void {
    const { recordings, dataRoot } = this.#station;
    const { id } = recording;
    this.#published.add(id);
    const make = (): unknown => recordingOf(recordings.get(id) ?? recording, recordings.progress(), dataRoot);
    this.#paced.offer(this.#topics.recording(id), make, { everyMs: second, isRetained: true });
  }

  #recordingChanged(recording: Recording, before: Recording | undefined): void {
    this.#publishRecording(recording);
    const { id, title, state } = recording;
    if (before?.state !== state) {
      this.#publishStatus();
      this.#tell('recording', { at: this.#now(), id, title, from: before?.state ?? null, to: state });
    }
    for (const warning of recording.warnings.slice(before?.warnings.length ?? 0)) {
      this.#tell('warning', { ...warningOf(warning, this.#station.dataRoot), recordingId: id });
    }
  }

  #recordingRemoved({ id, title, state }: Recording): void {
    this.#published.delete(id);
    this.#paced.clear(this.#topics.recording(id));
    this.#publishStatus();
    this.#tell('recording', { at: this.#now(), id, title, from: state, to: null });
  }

  #progressed(all: readonly RecordingProgress[]): void {
    for (const id of new Set(all.map((progress) => progress.recordingId))) {
      const recording = this.#station.recordings.get(id);
      if (recording) this.#publishRecording(recording);
    }
    for (const { input, levelDbfs } of all) {
      if (levelDbfs === undefined) continue;
      const level = { at: this.#now(), levelDbfs: boundedLevel(levelDbfs) };
      this.#paced.offer(this.#topics.level(input), () => level, { everyMs: second / 2 });
    }
  }

  /** A storm of events (a camera that comes and goes) must not drown the bus; state is told in the other topics. */
  #tell(kind: 'recording' | 'alarm' | 'warning', message: object): void {
    this.#eventsLeft -= 1;
    if (this.#eventsLeft < 0) {
      if (this.#eventsLeft === -1)
        this.#log.warn('more events than may go over the bus: the rest of this minute is left out');
      return;
    }
    this.#station.bus.publish(this.#topics.event(kind), message, { qos: 1 });
  }

  #eachMinute(): void {
    this.#eventsLeft = eventsPerMinute;
    this.#publishStatus();
    const { schedules, clock, dataRoot } = this.#station;
    if (JSON.stringify(scheduleOf(schedules.list(), clock.now(), dataRoot)) !== this.#schedule) this.#publishSchedule();
    this.#clearOld();
  }

  #clearOld(): void {
    const current = new Set(this.#current().map(({ id }) => id));
    for (const id of this.#published) {
      if (current.has(id)) continue;
      this.#published.delete(id);
      this.#paced.clear(this.#topics.recording(id));
    }
  }

  #clearStranger(topic: string): void {
    const place = readTopic(topic);
    if (
      !place ||
      this.#published.has(place.rest) ||
      !topicMatches(`reelflow/${this.#station.agent}/recording/+`, topic)
    )
      return;
    this.#station.bus.publish(topic, '', { isRetained: true });
  }

  /** What is not over, and what was of late. */
  #current(): Recording[] {
    const since = this.#station.clock.now() - keepMs;
    const isOver = ({ state }: Recording): boolean => ['delivered', 'failed', 'cancelled', 'skipped'].includes(state);
    return this.#station.recordings
      .list({ limit: mostRecordings })
      .filter((recording) => !isOver(recording) || recording.updatedAt >= since);
  }

  #lookAtDisk(): void {
    this.#station.disk.usage().then(
      (usage) => {
        const isNew = this.#disk === undefined;
        this.#disk = usage;
        if (isNew && this.#disposables.length > 0) this.#publishStatus();
      },
      (error: unknown) => {
        this.#disk = undefined;
        this.#log.debug(`disk: ${toReelflowError(error).message}`);
      },
    );
  }

  #now(): string {
    return iso(this.#station.clock.now());
  }
}
