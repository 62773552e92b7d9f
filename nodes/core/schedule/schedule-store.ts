import type { CalendarValidators } from './calendar-source.ts';
import type { ScheduledEvent } from './event.ts';

/** The last good calendar of a schedule: large, written only when it changes. */
export interface StoredCalendar {
  /** Which source it came from; after another was set, its validators mean nothing. */
  sourceKey: string;
  text: string;
  validators?: CalendarValidators;
}

/** What else must survive a restart: small, written at each read. */
export interface StoredProgress {
  savedAt: number;
  lastGoodAt?: number;
  /** uids of events whose start was announced. */
  begun: string[];
  /** Events that hold although the calendar no longer has them (see merge.ts). */
  kept: ScheduledEvent[];
}

/** Port: keeps schedules on disk. Methods throw when the database fails. */
export interface ScheduleStore {
  load(scheduleId: string): { calendar?: StoredCalendar; progress?: StoredProgress };
  saveCalendar(scheduleId: string, calendar: StoredCalendar): void;
  saveProgress(scheduleId: string, progress: StoredProgress): void;
  /** Removes schedules that nobody has written since, epoch ms. */
  prune(unusedSince: number): void;
}
