import { isDeepStrictEqual } from 'node:util';
import { ReelflowError, toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock, Dispose } from '../time/clock.ts';
import type { InstantLoop } from '../time/instant-loop.ts';
import { type CalendarContent, type CalendarProblem, readCalendar } from './calendar.ts';
import { CalendarFeed } from './calendar-feed.ts';
import type { CalendarValidators, OpenCalendarSource } from './calendar-source.ts';
import { maxCalendarBytes } from './calendar-text.ts';
import { diffSchedules } from './diff.ts';
import type { EventAction, ScheduledEvent } from './event.ts';
import { EventTimers } from './event-timers.ts';
import { mergeSchedule, uidOfSeries } from './merge.ts';
import type { ScheduleChange, ScheduleNotice, ScheduleSettings, ScheduleView } from './schedule.ts';
import { ScheduleKeeper } from './schedule-keeper.ts';
import type { ScheduleStore, StoredCalendar } from './schedule-store.ts';

export interface LiveScheduleOptions {
  clock: Clock;
  loop: InstantLoop;
  store: ScheduleStore;
  openSource: OpenCalendarSource;
  log: Log;
  /** When the runtime started, for the sample calendar. */
  startedAt: number;
  /** False: nobody listens, it will be replayed. */
  send(action: EventAction, event: ScheduledEvent): boolean;
  notify(notice: ScheduleNotice): void;
  /** After each reading, good or not. */
  onView(): void;
}

const hourMs = 3_600_000;
const weekMs = 7 * 24 * hourMs;

/** One calendar, kept: holds the last good state of it and has its events announced when they are due. */
export class LiveSchedule {
  readonly #options: LiveScheduleOptions;
  readonly #timers: EventTimers;
  readonly #feed: CalendarFeed;
  readonly #stopMoving: Dispose;
  readonly #keeper: ScheduleKeeper;
  #settings: ScheduleSettings;
  #calendar: StoredCalendar | undefined;
  #seenTo = Number.POSITIVE_INFINITY;
  #events: ScheduledEvent[] = [];
  #problems: CalendarProblem[] = [];
  #lastGoodAt: number | undefined;
  #lastError: ScheduleView['lastError'];
  #wasEmpty = false;

  constructor(settings: ScheduleSettings, options: LiveScheduleOptions) {
    this.#settings = settings;
    this.#options = options;
    const { clock, loop, openSource, startedAt, store, log } = options;
    this.#keeper = new ScheduleKeeper(settings.scheduleId, store, log);
    this.#timers = new EventTimers({
      clock,
      loop,
      leadMs: settings.leadMs,
      send: (action, event) => this.#send(action, event),
      onMissed: (event) => this.#missed(event),
    });
    this.#feed = new CalendarFeed(settings, {
      clock,
      loop,
      openSource,
      startedAt,
      // After a first empty reading the second must be a whole one.
      known: (key) => (this.#calendar?.sourceKey === key && !this.#wasEmpty ? this.#calendar.validators : undefined),
      onText: (text, validators) => this.#accept(text, validators),
      onUnchanged: () => this.#good(),
      onFailure: (error) => this.#failed(error),
    });
    this.#load();
    this.#feed.open();
    // The window moves on with time, also while the calendar can not be read.
    this.#stopMoving = loop.every(hourMs, () => this.#expandAgain());
  }

  get view(): ScheduleView {
    const { scheduleId, name } = this.#settings;
    const now = this.#options.clock.now();
    return {
      scheduleId,
      name,
      events: this.#events.filter((event) => event.end > now),
      ...(this.#lastGoodAt !== undefined && { lastGoodAt: this.#lastGoodAt }),
      ...(this.#lastError && { lastError: this.#lastError }),
      problems: this.#problems,
    };
  }

  get settings(): ScheduleSettings {
    return this.#settings;
  }

  configure(settings: ScheduleSettings): void {
    if (isDeepStrictEqual(settings, this.#settings)) return;
    this.#settings = settings;
    this.#timers.setLead(settings.leadMs);
    this.#expandAgain();
    this.#feed.configure(settings);
  }

  /** Announces what is current once more. */
  replay(): void {
    this.#timers.replay();
  }

  onJump(deltaMs: number): void {
    if (deltaMs < 0) this.#timers.replay();
    this.#expandAgain();
    this.#feed.poke();
  }

  refresh(): Promise<void> {
    return this.#feed.refresh();
  }

  /** Calendar text that came as a message. @throws CALENDAR_..., and keeps what was. */
  receive(text: string): void {
    try {
      if (Buffer.byteLength(text) > maxCalendarBytes) {
        throw new ReelflowError('CALENDAR_TOO_LARGE', `the calendar is larger than ${maxCalendarBytes} bytes`);
      }
      this.#accept(text, undefined);
    } catch (error) {
      this.#failed(error);
      throw error;
    }
  }

  dispose(): void {
    this.#feed.close();
    this.#stopMoving();
    this.#timers.dispose();
  }

  #accept(text: string, validators: CalendarValidators | undefined): void {
    const known = this.#calendar;
    if (known?.text === text && known.sourceKey === this.#feed.sourceKey) {
      // Many servers send no validators: what is the same each minute need not be worked out each minute.
      this.#calendar = { sourceKey: known.sourceKey, text, ...(validators && { validators }) };
      this.#wasEmpty = false;
      this.#good();
      return;
    }
    const content = this.#expand(text);
    this.#refuseLoss(content);
    this.#calendar = { sourceKey: this.#feed.sourceKey, text, ...(validators && { validators }) };
    this.#apply(content, this.#lastGoodAt !== undefined);
    if (this.#settings.source.kind !== 'sample') this.#keeper.keepCalendar(this.#calendar);
    this.#good();
  }

  /** A calendar in which nothing can be read, or that has lost everything at once, is more likely an accident. */
  #refuseLoss({ total, readable, problems }: CalendarContent): void {
    if (total > 0 && readable === 0) {
      throw new ReelflowError('CALENDAR_NO_VALID_EVENT', `no event can be read: ${problems[0]?.message ?? ''}`);
    }
    const now = this.#options.clock.now();
    const isSudden = total === 0 && !this.#wasEmpty && this.#events.some((event) => event.start > now);
    this.#wasEmpty = total === 0;
    if (isSudden) {
      throw new ReelflowError(
        'CALENDAR_SUDDENLY_EMPTY',
        'the calendar has no events any more; that is believed when it is read so a second time',
        { isRetryable: true },
      );
    }
  }

  #apply(content: CalendarContent, isTold: boolean): void {
    const { scheduleId, horizonMs } = this.#settings;
    const now = this.#options.clock.now();
    const before = this.#events;
    const known = this.#problems;
    this.#events = mergeSchedule(before, content, now);
    this.#problems = content.problems;
    const range = { scheduleId, now, to: now + horizonMs, seenTo: this.#seenTo };
    const changes = diffSchedules(before, this.#events, range);
    this.#seenTo = range.to;
    for (const change of changes) {
      if (change.kind === 'cancelled') this.#timers.cancel(change.event);
      else if (change.kind !== 'added') this.#timers.change(change.event);
    }
    for (const event of this.#events) if (!this.#timers.has(event.uid)) this.#timers.add(event);
    this.#events = this.#events.filter((event) => event.end > now);
    this.#timers.keepOnly(new Set(this.#events.map((event) => event.uid)));
    if (isTold) for (const change of changes) this.#tell(change);
    for (const problem of content.problems) {
      if (known.some((other) => isDeepStrictEqual(other, problem))) continue;
      this.#options.notify({ kind: 'problem', scheduleId, problem });
    }
  }

  #expandAgain(): void {
    if (!this.#calendar) return;
    try {
      this.#apply(this.#expand(this.#calendar.text), true);
    } catch (error) {
      this.#options.log.error(`calendar "${this.#settings.name}": ${toReelflowError(error).message}`);
    }
    this.#options.onView();
  }

  /** @param since what ended after this is read too; what runs always, to see that its end has come. */
  #expand(text: string, since?: number): CalendarContent {
    const { timeZone, hasAllDayEvents, horizonMs } = this.#settings;
    const now = this.#options.clock.now();
    const from = since ?? Math.min(now, ...this.#events.map(({ start }) => start));
    return readCalendar(text, { from, to: now + horizonMs, timeZone, hasAllDayEvents });
  }

  #good(): void {
    if (this.#lastError) this.#options.log.info(`calendar "${this.#settings.name}" can be read again`);
    this.#lastGoodAt = this.#options.clock.now();
    this.#lastError = undefined;
    this.#saveProgress();
    this.#options.onView();
  }

  #failed(thrown: unknown): void {
    const { code, message } = toReelflowError(thrown, 'CALENDAR_UNREADABLE');
    const isNew = this.#lastError?.code !== code || this.#lastError.message !== message;
    this.#lastError = { code, message, at: this.#options.clock.now() };
    if (isNew) {
      const { scheduleId, name } = this.#settings;
      this.#options.log.warn(`calendar "${name}": ${message} (${code}); the schedule stays as it was`);
      this.#options.notify({ kind: 'problem', scheduleId, problem: { code, message } });
    }
    this.#options.onView();
  }

  #send(action: EventAction, event: ScheduledEvent): void {
    const isHeard = this.#options.send(action, event);
    if (action !== 'start' || !isHeard || this.#keeper.hasBegun(event.uid)) return;
    this.#keeper.markBegun(event.uid);
    this.#saveProgress();
  }

  #missed(event: ScheduledEvent): void {
    if (this.#keeper.hasBegun(event.uid)) return;
    const at = new Date(event.start).toISOString();
    this.#options.log.warn(`event "${event.title}" of ${at} was over before it could be started`);
    this.#tell({ scheduleId: this.#settings.scheduleId, kind: 'missed', event });
  }

  #tell(change: ScheduleChange): void {
    this.#options.notify({ kind: 'change', change });
  }

  #load(): void {
    const { calendar, progress } = this.#keeper.loaded;
    if (!calendar || this.#settings.source.kind === 'sample') return;
    const now = this.#options.clock.now();
    this.#calendar = calendar;
    this.#lastGoodAt = progress?.lastGoodAt;
    this.#seenTo = now + this.#settings.horizonMs;
    // From when this was last alive, so that what it slept through is noticed; a week at most.
    const from = Math.min(now, Math.max(progress?.savedAt ?? now, now - weekMs));
    const kept = progress?.kept ?? [];
    try {
      const content = this.#expand(calendar.text, from);
      this.#problems = content.problems;
      this.#events = mergeSchedule(kept, content, now);
      for (const event of content.events) if (event.end <= now) this.#missed(event);
    } catch (error) {
      this.#options.log.warn(`kept calendar of "${this.#settings.name}": ${toReelflowError(error).message}`);
      this.#events = kept;
      this.#calendar = undefined;
    }
    this.#events = this.#events.filter((event) => event.end > now);
    for (const event of this.#events) this.#timers.add(event);
  }

  #saveProgress(): void {
    const now = this.#options.clock.now();
    const broken = new Set(this.#problems.map((problem) => problem.uid));
    this.#keeper.keepProgress(this.#events, {
      savedAt: now,
      ...(this.#lastGoodAt !== undefined && { lastGoodAt: this.#lastGoodAt }),
      kept: this.#events.filter((event) => event.start <= now || broken.has(uidOfSeries(event.uid))),
    });
  }
}
