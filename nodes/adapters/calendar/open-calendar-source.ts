import { OpencastCalendar } from '../../core/opencast/opencast-calendar.ts';
import { OpencastCores } from '../../core/opencast/opencast-cores.ts';
import type { CalendarSource, RemoteSource } from '../../core/schedule/calendar-source.ts';
import { FileCalendar } from './file-calendar.ts';
import { HttpCalendar } from './http-calendar.ts';

/**
 * The `openSource` of ScheduleService.
 *
 * @param cores where the cores of `opencast` sources are found; default: there are none
 * @throws CALENDAR_URL_INVALID
 */
export function openCalendarSource(source: RemoteSource, cores = new OpencastCores()): CalendarSource {
  switch (source.kind) {
    case 'url':
      return new HttpCalendar(source);
    case 'file':
      return new FileCalendar(source.path);
    case 'opencast':
      return new OpencastCalendar(cores, source);
  }
}
