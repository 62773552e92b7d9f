import { shallowReactive } from 'vue';
import type { Api } from './api.ts';
import { EventStreamParser, type StreamEvent } from './event-stream.ts';
import type { OpencastJson } from './opencast-types.ts';
import type {
  AlarmJson,
  InputJson,
  MeJson,
  PlannedEventJson,
  ProgressJson,
  RecordingJson,
  ScheduleJson,
  StatusJson,
} from './types.ts';

/** What the page knows of the station. While `connection` is `lost` it is what was known last. */
export interface LiveState {
  connection: 'connecting' | 'live' | 'lost';
  /** Since when nothing was heard, epoch ms of the browser. */
  lostSince: number | undefined;
  status: StatusJson | undefined;
  me: MeJson | undefined;
  /** Newest planned start first. */
  recordings: RecordingJson[];
  /** Where the recordings behind these begin (`cursor`); absent: these are all. */
  olderCursor: string | undefined;
  /** Ids of what was deleted since the page was opened: lists that were asked for before still have it. */
  removedIds: string[];
  progress: ProgressJson[];
  events: PlannedEventJson[];
  schedules: ScheduleJson[];
  inputs: InputJson[];
  opencast: OpencastJson;
  /** The station's clock minus the browser's, ms; good to some 100 ms. */
  clockOffsetMs: number;
}

export interface LiveOptions {
  api: Api;
  /** Opens `GET /api/v1/events`. */
  openEvents: (abort: AbortSignal) => Promise<Response>;
  onLoggedOut: () => void;
  /** Something must come this often: a status comes every 15 s. */
  silenceMs?: number;
  retryMs?: number;
  now?: () => number;
}

/** Newest recordings that every widget knows; the list of recordings asks for older ones itself. */
export const knownRecordings = 200;

/** Of deleted recordings that are remembered. */
const mostRemoved = 1000;

/**
 * Follows the station: one stream of events for all widgets of a page, everything asked for afresh whenever the
 * connection comes (back), so that nothing missed meanwhile stays wrong. Tries again for ever.
 */
export class LiveStation {
  readonly state: LiveState = shallowReactive<LiveState>({
    connection: 'connecting',
    lostSince: undefined,
    status: undefined,
    me: undefined,
    recordings: [],
    olderCursor: undefined,
    removedIds: [],
    progress: [],
    events: [],
    schedules: [],
    inputs: [],
    opencast: { agents: [], uploads: [] },
    clockOffsetMs: 0,
  });
  readonly #options: Required<LiveOptions>;
  #abort: AbortController | undefined;
  #wake: (() => void) | undefined;
  #isStopped = true;

  constructor(options: LiveOptions) {
    this.#options = { silenceMs: 40_000, retryMs: 2000, now: Date.now, ...options };
  }

  start(): void {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    void this.#run();
  }

  stop(): void {
    this.#isStopped = true;
    this.#abort?.abort();
    this.#wake?.();
  }

  /** The network is back, the tablet was woken: do not wait for the next try. A connection that stands is kept. */
  hurry(): void {
    this.#wake?.();
  }

  /**
   * Takes over what an answer of the server says, before its event comes. Where the event was quicker, what it said is
   * newer than the answer.
   */
  takeRecording(recording: RecordingJson): void {
    const known = this.state.recordings.find((one) => one.id === recording.id);
    if (known && known.updatedAt > recording.updatedAt) return;
    const others = this.state.recordings.filter((one) => one.id !== recording.id);
    const index = others.findIndex((one) => one.plannedStart <= recording.plannedStart);
    others.splice(index < 0 ? others.length : index, 0, recording);
    this.state.recordings = others;
    if (recording.state === 'recording' || recording.state === 'finishing') return;
    this.state.progress = this.state.progress.filter((one) => one.recordingId !== recording.id);
  }

  forgetRecording(id: string): void {
    this.state.removedIds = [...this.state.removedIds, id].slice(-mostRemoved);
    this.state.recordings = this.state.recordings.filter((one) => one.id !== id);
    this.state.progress = this.state.progress.filter((one) => one.recordingId !== id);
  }

  async reloadSchedule(): Promise<void> {
    const answer = await this.#options.api.get<{ events: PlannedEventJson[]; schedules: ScheduleJson[] }>(
      '/api/v1/schedule',
    );
    this.state.events = answer.events;
    this.state.schedules = answer.schedules;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      this.#abort = new AbortController();
      try {
        await this.#follow(this.#abort);
      } catch {
        // Whatever it was: it is told by the state, and tried again.
      }
      this.#abort.abort();
      if (this.#isStopped) return;
      if (this.state.connection !== 'lost') this.state.lostSince = this.#options.now();
      this.state.connection = 'lost';
      await this.#pause();
    }
  }

  /** Ends when the connection does. */
  async #follow(abort: AbortController): Promise<void> {
    const { silenceMs } = this.#options;
    let watchdog = setTimeout(() => abort.abort(), silenceMs);
    try {
      const response = await this.#options.openEvents(abort.signal);
      if (response.status === 401) this.#options.onLoggedOut();
      if (!response.ok || !response.body) throw new Error(`events: ${response.status}`);
      const parser = new EventStreamParser();
      // Asked for after the stream is open, taken over before its first event: nothing falls in between.
      await this.#loadAll();
      this.state.connection = 'live';
      this.state.lostSince = undefined;
      const reader = response.body.getReader();
      const decoder = new TextDecoder();
      // A reader, not `for await`: Safari can not iterate over a stream.
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        clearTimeout(watchdog);
        watchdog = setTimeout(() => abort.abort(), silenceMs);
        for (const event of parser.push(decoder.decode(piece.value, { stream: true }))) this.#take(event);
      }
    } finally {
      clearTimeout(watchdog);
    }
  }

  async #loadAll(): Promise<void> {
    const { api } = this.#options;
    const [status, me, recordings, inputs, opencast] = await Promise.all([
      api.get<StatusJson>('/api/v1/status'),
      api.get<MeJson>('/api/v1/me'),
      api.get<{ recordings: RecordingJson[]; next?: string }>(`/api/v1/recordings?limit=${knownRecordings}`),
      api.get<{ inputs: InputJson[] }>('/api/v1/inputs'),
      api.get<OpencastJson>('/api/v1/opencast'),
      this.reloadSchedule(),
    ]);
    this.#takeStatus(status);
    this.state.me = me;
    this.state.recordings = recordings.recordings;
    this.state.olderCursor = recordings.next;
    this.state.inputs = inputs.inputs;
    this.state.opencast = opencast;
    this.state.progress = [];
  }

  #take({ event, data }: StreamEvent): void {
    const value: unknown = JSON.parse(data);
    if (event === 'status') this.#takeStatus(value as StatusJson);
    else if (event === 'recording') this.takeRecording(value as RecordingJson);
    else if (event === 'removed') this.forgetRecording((value as { id: string }).id);
    else if (event === 'progress') this.state.progress = value as ProgressJson[];
    else if (event === 'alarm') this.#takeAlarm(value as { kind: string; alarm: AlarmJson });
    else if (event === 'opencast') this.state.opencast = value as OpencastJson;
    else if (event === 'schedule') this.reloadSchedule().catch(() => this.#abort?.abort());
  }

  #takeStatus(status: StatusJson): void {
    this.state.status = status;
    this.state.clockOffsetMs = Date.parse(status.clock.now) - this.#options.now();
  }

  #takeAlarm({ kind, alarm }: { kind: string; alarm: AlarmJson }): void {
    const status = this.state.status;
    if (!status) return;
    const others = status.alarms.filter((one) => one.key !== alarm.key);
    this.state.status = { ...status, alarms: kind === 'cleared' ? others : [...others, alarm] };
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#options.retryMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
