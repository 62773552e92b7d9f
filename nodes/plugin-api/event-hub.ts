import type { ServerResponse } from 'node:http';
import { EventStream } from '../adapters/http/event-stream.ts';
import { ReelflowError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Recording } from '../core/recording/recording.ts';
import type { Station } from '../core/station.ts';
import type { Dispose } from '../core/time/clock.ts';
import { opencastJson } from './opencast-json.ts';
import { type Audience, progressJson, recordingJson } from './recording-json.ts';
import { scheduleJson } from './schedule-json.ts';
import { alarmJson, type ProcessorShare, stationStatus } from './station-status.ts';

/** Sent as a whole whenever anything in it has changed. */
type Whole = 'status' | 'opencast';

export interface EventHubOptions {
  heartbeatMs: number;
  maxListeners: number;
  log: Log;
}

const soonMs = 300;
const streamOptions = { slowBytes: 32 * 1024, maxBufferedBytes: 1024 * 1024, retryMs: 3000 };

/**
 * Server-Sent Events for everybody who listens at `GET /api/v1/events`. Each event is made once for all of them, so
 * all hear what a viewer may hear. The station is only listened to while somebody is there.
 */
export class EventHub {
  readonly #options: EventHubOptions;
  readonly #processor: ProcessorShare;
  readonly #streams = new Set<EventStream>();
  #detach: Dispose | undefined;
  /** What is sent when the timer fires: recordings by id, and what there is once. */
  readonly #waiting = new Map<string, Recording | Whole>();
  #soon: NodeJS.Timeout | undefined;

  constructor(processor: ProcessorShare, options: EventHubOptions) {
    this.#processor = processor;
    this.#options = options;
  }

  get listenerCount(): number {
    return this.#streams.size;
  }

  /** Throws TOO_MANY_LISTENERS. */
  connect(station: Station, response: ServerResponse): void {
    if (this.#streams.size >= this.#options.maxListeners) {
      throw new ReelflowError('TOO_MANY_LISTENERS', `${this.#options.maxListeners} programs listen already`, {
        isRetryable: true,
      });
    }
    const stream = new EventStream(response, streamOptions);
    stream.onClose(() => this.#forget(stream));
    this.#streams.add(stream);
    this.#detach ??= this.#attach(station);
    this.#sendStatus(station, stream);
  }

  #forget(stream: EventStream): void {
    this.#streams.delete(stream);
    if (this.#streams.size > 0) return;
    this.#detach?.();
    this.#detach = undefined;
  }

  #attach(station: Station): Dispose {
    const audience: Audience = { isAdmin: false, dataRoot: station.dataRoot };
    const hear = <Args extends unknown[]>(tell: (...args: Args) => void) => this.#guarded(tell);
    const subscriptions = [
      station.recordings.onChange(
        hear((recording, before) => {
          if (recording.state === before?.state) {
            this.#sendSoon(station, recording);
            return;
          }
          this.#waiting.delete(recording.id);
          this.#send('recording', recordingJson(recording, audience));
          this.#sendSoon(station, 'status');
        }),
      ),
      station.recordings.onRemove(
        hear((recording) => {
          this.#waiting.delete(recording.id);
          this.#send('removed', { id: recording.id });
          this.#sendSoon(station, 'status');
        }),
      ),
      station.recordings.onProgress(
        hear((progress) => {
          const figures = progress.map(progressJson);
          for (const stream of this.#streams) stream.sendIfQuick('progress', figures);
        }),
      ),
      station.schedules.onChange(
        hear((view) => this.#send('schedule', scheduleJson(view, { from: station.clock.now() }, audience))),
      ),
      station.alarms.onChange(
        hear((change) => {
          this.#send('alarm', { kind: change.kind, alarm: alarmJson(change.alarm, audience) });
          this.#sendSoon(station, 'status');
        }),
      ),
      station.opencast?.agents.onChange(hear(() => this.#sendSoon(station, 'opencast'))),
      station.ingests?.onChange(hear(() => this.#sendSoon(station, 'opencast'))),
    ];
    const beat = setInterval(() => {
      for (const stream of this.#streams) stream.beat();
      this.#sendStatus(station);
    }, this.#options.heartbeatMs);
    return () => {
      clearInterval(beat);
      clearTimeout(this.#soon);
      this.#soon = undefined;
      this.#waiting.clear();
      for (const dispose of subscriptions) dispose?.();
    };
  }

  #send(event: string, data: unknown): void {
    for (const stream of this.#streams) stream.send(event, data);
  }

  /** Figures that change often (bytes delivered), and many changes at once, make one event a while. */
  #sendSoon(station: Station, what: Recording | Whole): void {
    this.#waiting.set(typeof what === 'string' ? what : what.id, what);
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      const waiting = [...this.#waiting.values()];
      this.#waiting.clear();
      for (const one of waiting) this.#guarded(() => this.#sendNow(station, one))();
    }, soonMs);
  }

  #sendNow(station: Station, what: Recording | Whole): void {
    const audience: Audience = { isAdmin: false, dataRoot: station.dataRoot };
    if (what === 'status') this.#sendStatus(station);
    else if (what === 'opencast') this.#send('opencast', opencastJson(station, audience));
    else this.#send('recording', recordingJson(what, audience));
  }

  /** To all, or to the one that has just come. */
  #sendStatus(station: Station, only?: EventStream): void {
    const audience: Audience = { isAdmin: false, dataRoot: station.dataRoot };
    stationStatus(station, this.#processor, audience)
      .then((status) => {
        for (const stream of only ? [only] : this.#streams) stream.send('status', status);
      })
      .catch((error: unknown) => this.#options.log.warn(`event status: ${String(error)}`));
  }

  /** The station's services call us in the middle of their work: an error of ours is not theirs. */
  #guarded<Args extends unknown[]>(tell: (...args: Args) => void): (...args: Args) => void {
    return (...args) => {
      try {
        tell(...args);
      } catch (error) {
        this.#options.log.warn(`events: ${String(error)}`);
      }
    };
  }
}
