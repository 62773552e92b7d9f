import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { ReelflowError, toReelflowError } from '../errors.ts';
import type { Clock, Dispose } from '../time/clock.ts';
import type { InstantLoop } from '../time/instant-loop.ts';
import { RefreshLoop } from '../time/refresh-loop.ts';
import type { CalendarSource, CalendarValidators, OpenCalendarSource } from './calendar-source.ts';
import { sampleCalendar } from './sample-calendar.ts';
import type { ScheduleSettings } from './schedule.ts';

export interface CalendarFeedOptions {
  clock: Clock;
  loop: InstantLoop;
  openSource: OpenCalendarSource;
  /** When the runtime started, for the sample calendar. */
  startedAt: number;
  /** The version at hand, when it came from `sourceKey`; undefined: read in full. */
  known: (sourceKey: string) => CalendarValidators | undefined;
  /** New text; throws when it is refused. */
  onText: (text: string, validators: CalendarValidators | undefined) => void;
  onUnchanged: () => void;
  onFailure: (error: unknown) => void;
}

/** Some servers answer "not modified" for ever: read in full now and then all the same. */
const fullReadingEveryMs = 6 * 3_600_000;

/** Fetches the calendar of one schedule from wherever its settings say. */
export class CalendarFeed {
  readonly #options: CalendarFeedOptions;
  #settings: ScheduleSettings;
  #source: CalendarSource | undefined;
  #refresh: RefreshLoop | undefined;
  #unwatch: Dispose = () => {};
  #openError: unknown;
  #readInFullAt = Number.NEGATIVE_INFINITY;

  constructor(settings: ScheduleSettings, options: CalendarFeedOptions) {
    this.#settings = settings;
    this.#options = options;
  }

  /** Of the place alone: a new password is no other calendar. Hashed, as some addresses are secrets. */
  get sourceKey(): string {
    const { source } = this.#settings;
    return createHash('sha256')
      .update(`${source.kind} ${placeOf(source)}`)
      .digest('hex');
  }

  configure(settings: ScheduleSettings): void {
    const before = this.#settings;
    this.#settings = settings;
    if (!isDeepStrictEqual(before.source, settings.source)) this.open();
    else this.#refresh?.setPace(settings.refreshMs);
  }

  open(): void {
    this.close();
    const { source, refreshMs } = this.#settings;
    if (source.kind === 'message') return;
    try {
      this.#source = source.kind === 'sample' ? undefined : this.#options.openSource(source);
    } catch (error) {
      // An address that is none. What is known of the schedule stays until it is put right.
      this.#openError = error;
      this.#options.onFailure(error);
      return;
    }
    const refresh = new RefreshLoop({
      loop: this.#options.loop,
      everyMs: refreshMs,
      read: (abort) => this.#read(abort),
    });
    this.#refresh = refresh;
    this.#unwatch = this.#source?.watch?.(() => refresh.poke()) ?? (() => {});
    refresh.poke();
  }

  close(): void {
    this.#unwatch();
    this.#refresh?.stop();
    this.#refresh = undefined;
    this.#source = undefined;
    this.#openError = undefined;
  }

  poke(): void {
    this.#refresh?.poke();
  }

  /** @throws the reason when it could not be read or was refused */
  async refresh(): Promise<void> {
    if (this.#openError) throw toReelflowError(this.#openError);
    if (!this.#refresh) {
      throw new ReelflowError('SCHEDULE_BY_MESSAGE', `"${this.#settings.name}" gets its calendar by messages only`);
    }
    await this.#refresh.now();
  }

  async #read(abort: AbortSignal): Promise<void> {
    const { clock, startedAt, onText, onUnchanged, onFailure, known } = this.#options;
    const source = this.#source;
    try {
      if (!source) {
        onText(sampleCalendar(startedAt, clock.now()), undefined);
        return;
      }
      const monotonic = clock.monotonicMs();
      const isFull = monotonic - this.#readInFullAt > fullReadingEveryMs;
      const reading = await source.read(isFull ? undefined : known(this.sourceKey), abort);
      // Another source was set meanwhile: what this one says no longer counts.
      if (abort.aborted) return;
      if (reading.kind === 'unchanged') {
        onUnchanged();
      } else {
        onText(reading.text, reading.validators);
        this.#readInFullAt = monotonic;
      }
    } catch (error) {
      if (abort.aborted) return;
      onFailure(error);
      throw error;
    }
  }
}

function placeOf(source: ScheduleSettings['source']): string {
  switch (source.kind) {
    case 'url':
      return source.url;
    case 'file':
      return source.path;
    case 'opencast':
      return `${source.coreId} ${source.agent}`;
    default:
      return '';
  }
}
