import type { CalendarSource, RemoteSource } from '../../core/schedule/calendar-source.ts';
import { FileCalendar } from './file-calendar.ts';
import { HttpCalendar } from './http-calendar.ts';

/** The `openSource` of ScheduleService. @throws CALENDAR_URL_INVALID */
export function openCalendarSource(source: RemoteSource): CalendarSource {
  return source.kind === 'url' ? new HttpCalendar(source) : new FileCalendar(source.path);
}
