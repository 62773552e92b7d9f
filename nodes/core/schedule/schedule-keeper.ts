import { isDeepStrictEqual } from 'node:util';
import { toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { ScheduledEvent } from './event.ts';
import type { ScheduleStore, StoredCalendar, StoredProgress } from './schedule-store.ts';

/** What of one schedule outlives the process. A database that fails is logged, and keeps nothing from happening. */
export class ScheduleKeeper {
  readonly #scheduleId: string;
  readonly #store: ScheduleStore;
  readonly #log: Log;
  readonly #begun: Set<string>;
  /** As it was found at the start. */
  readonly loaded: { calendar?: StoredCalendar; progress?: StoredProgress };
  #calendar: StoredCalendar | undefined;

  constructor(scheduleId: string, store: ScheduleStore, log: Log) {
    this.#scheduleId = scheduleId;
    this.#store = store;
    this.#log = log;
    this.loaded = this.#try(() => store.load(scheduleId)) ?? {};
    this.#calendar = this.loaded.calendar;
    this.#begun = new Set(this.loaded.progress?.begun);
  }

  hasBegun(uid: string): boolean {
    return this.#begun.has(uid);
  }

  markBegun(uid: string): void {
    this.#begun.add(uid);
  }

  keepCalendar(calendar: StoredCalendar): void {
    if (isDeepStrictEqual(calendar, this.#calendar)) return;
    this.#calendar = calendar;
    this.#try(() => this.#store.saveCalendar(this.#scheduleId, calendar));
  }

  /** @param events all that are planned: what began and is no longer among them is forgotten */
  keepProgress(events: readonly ScheduledEvent[], progress: Omit<StoredProgress, 'begun'>): void {
    const uids = new Set(events.map((event) => event.uid));
    for (const uid of this.#begun) if (!uids.has(uid)) this.#begun.delete(uid);
    this.#try(() => this.#store.saveProgress(this.#scheduleId, { ...progress, begun: [...this.#begun] }));
  }

  #try<T>(access: () => T): T | undefined {
    try {
      return access();
    } catch (error) {
      this.#log.error(`schedule ${this.#scheduleId} is not kept: ${toReelflowError(error).message}`);
      return undefined;
    }
  }
}
