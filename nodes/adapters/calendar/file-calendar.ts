import type { CalendarReading, CalendarSource, CalendarValidators } from '../../core/schedule/calendar-source.ts';
import { decodeCalendar, maxCalendarBytes } from '../../core/schedule/calendar-text.ts';
import type { Dispose } from '../../core/time/clock.ts';
import { WatchedFile } from '../files/watched-file.ts';

export interface FileCalendarOptions {
  maxBytes?: number;
  /** How often the file is looked at besides being watched; default 5 s. */
  pollMs?: number;
}

/** An iCalendar in a file, local or on a mounted share. */
export class FileCalendar implements CalendarSource {
  readonly #file: WatchedFile;

  constructor(filePath: string, { maxBytes = maxCalendarBytes, ...options }: FileCalendarOptions = {}) {
    this.#file = new WatchedFile(filePath, { code: 'CALENDAR', what: 'the calendar', maxBytes, ...options });
  }

  /** @throws CALENDAR_FILE, CALENDAR_FILE_CHANGING, CALENDAR_TOO_LARGE */
  async read(known: CalendarValidators | undefined, abort: AbortSignal): Promise<CalendarReading> {
    const reading = await this.#file.read(known?.etag, abort);
    if (!reading) return { kind: 'unchanged' };
    const { bytes, version, isSettled } = reading;
    return { kind: 'text', text: decodeCalendar(bytes), ...(isSettled && { validators: { etag: version } }) };
  }

  watch(onChange: () => void): Dispose {
    return this.#file.watch(onChange);
  }
}
