import type { StatementSync } from 'node:sqlite';
import { toReelflowError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { ScheduleStore, StoredCalendar, StoredProgress } from '../../core/schedule/schedule-store.ts';
import type { Clock } from '../../core/time/clock.ts';
import type { Database } from './database.ts';

/**
 * Schedules in the table `schedules`: two rows each, `<id>/calendar` with the text (some megabytes, written when the
 * calendar changes) and `<id>/progress` (some hundred bytes, written at each reading), so that a calendar that is asked
 * for every minute does not wear out an SD card.
 */
export class SqliteScheduleStore implements ScheduleStore {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #select: StatementSync;
  readonly #upsert: StatementSync;
  readonly #prune: StatementSync;

  constructor(database: Database, options: { clock: Clock; log: Log }) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#select = database.prepare('SELECT view FROM schedules WHERE schedule_id = ?');
    this.#upsert = database.prepare(
      `INSERT INTO schedules (schedule_id, view, updated_at) VALUES (?, ?, ?)
       ON CONFLICT (schedule_id) DO UPDATE SET view = excluded.view, updated_at = excluded.updated_at`,
    );
    // The calendar goes with its progress, which is written at each reading.
    this.#prune = database.prepare(
      `DELETE FROM schedules WHERE replace(schedule_id, '/calendar', '/progress') NOT IN
         (SELECT schedule_id FROM schedules WHERE schedule_id LIKE '%/progress' AND updated_at >= ?)`,
    );
  }

  load(scheduleId: string): { calendar?: StoredCalendar; progress?: StoredProgress } {
    const calendar = this.#read(`${scheduleId}/calendar`) as StoredCalendar | undefined;
    const progress = this.#read(`${scheduleId}/progress`) as StoredProgress | undefined;
    return { ...(calendar && { calendar }), ...(progress && { progress }) };
  }

  saveCalendar(scheduleId: string, calendar: StoredCalendar): void {
    this.#write(`${scheduleId}/calendar`, calendar);
  }

  saveProgress(scheduleId: string, progress: StoredProgress): void {
    this.#write(`${scheduleId}/progress`, progress);
  }

  prune(unusedSince: number): void {
    this.#prune.run(unusedSince);
  }

  #read(key: string): unknown {
    const row = this.#select.get(key);
    if (typeof row?.['view'] !== 'string') return undefined;
    try {
      return JSON.parse(row['view']);
    } catch (error) {
      // A damaged row must not keep the schedule from being read anew.
      this.#log.error(`stored schedule ${key}: ${toReelflowError(error).message}`);
      return undefined;
    }
  }

  #write(key: string, value: unknown): void {
    this.#upsert.run(key, JSON.stringify(value), this.#clock.now());
  }
}
