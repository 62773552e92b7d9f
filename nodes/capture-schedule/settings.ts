import path from 'node:path';
import { ReelflowError } from '../core/errors.ts';
import type { ScheduleSettings } from '../core/schedule/schedule.ts';
import type { NodeSite } from '../kit/node-spec.ts';
import type { ScheduleConfig } from './config.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

type Placed = Pick<NodeSite<ScheduleConfig>, 'id' | 'name' | 'config' | 'credentials'>;

/**
 * What the schedule service works with, made of the node's form.
 *
 * @param station its data folder, and REELFLOW_CALENDAR for a form that leaves the place open
 * @throws CALENDAR_MISSING
 */
export function settingsOf(
  site: Placed,
  station: { dataRoot: string; calendar?: string | undefined },
): ScheduleSettings {
  const { config } = site;
  return {
    scheduleId: site.id,
    name: site.name,
    source: sourceOf(site, station),
    refreshMs: config.refreshMinutes * minute,
    horizonMs: config.horizonDays * 24 * hour,
    timeZone: config.timeZone || Intl.DateTimeFormat().resolvedOptions().timeZone,
    hasAllDayEvents: config.hasAllDayEvents,
    leadMs: config.leadSeconds * second,
    maxAgeMs: config.maxAgeHours * hour,
  };
}

function sourceOf(
  site: Placed,
  station: { dataRoot: string; calendar?: string | undefined },
): ScheduleSettings['source'] {
  const { config, credentials } = site;
  if (config.source === 'message' || config.source === 'sample') return { kind: config.source };
  const place = (config.source === 'url' ? config.url : config.path) || station.calendar;
  if (!place) {
    throw new ReelflowError('CALENDAR_MISSING', 'no calendar is set: fill in its address, or set REELFLOW_CALENDAR', {
      field: config.source === 'url' ? 'url' : 'path',
    });
  }
  if (!/^(https?|webcals?):/i.test(place) && (config.source === 'file' || path.isAbsolute(place))) {
    return { kind: 'file', path: path.resolve(station.dataRoot, place) };
  }
  const { user, password, token } = credentials;
  return {
    kind: 'url',
    url: place,
    auth: config.auth,
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
    ...(token !== undefined && { token }),
  };
}
