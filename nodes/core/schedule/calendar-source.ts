import type { Dispose } from '../time/clock.ts';
import type { ScheduleSettings } from './schedule.ts';

/** What a sender told about a version of its calendar, to ask for "only if changed". Echoed byte for byte. */
export interface CalendarValidators {
  etag?: string;
  lastModified?: string;
}

export type CalendarReading =
  /** Same as the version the validators belong to. */
  { kind: 'unchanged' } | { kind: 'text'; text: string; validators?: CalendarValidators };

/** Port: one place a calendar is read from. */
export interface CalendarSource {
  /**
   * @param known of the version at hand; absent: read it whatever
   * @throws ReelflowError: CALENDAR_UNREACHABLE, CALENDAR_STATUS, CALENDAR_LOGIN, CALENDAR_TOO_LARGE, CALENDAR_FILE ...
   */
  read(known: CalendarValidators | undefined, abort: AbortSignal): Promise<CalendarReading>;
  /** Tells of changes where it can know of them (a file). */
  watch?(onChange: () => void): Dispose;
}

export type RemoteSource = Extract<ScheduleSettings['source'], { kind: 'url' | 'file' | 'opencast' }>;

/** Opens sources; the station gives the one that knows HTTP, files and Opencast. */
export type OpenCalendarSource = (source: RemoteSource) => CalendarSource;
