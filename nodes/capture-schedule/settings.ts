import path from 'node:path';
import { ReelflowError } from '../core/errors.ts';
import type { ScheduleSettings } from '../core/schedule/schedule.ts';
import type { NodeSite } from '../kit/node-spec.ts';
import type { ScheduleConfig } from './config.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

type Placed = Pick<NodeSite<ScheduleConfig>, 'id' | 'name' | 'config' | 'credentials'>;

/** What a form may leave open: REELFLOW_CALENDAR, REELFLOW_AGENT. */
interface Defaults {
  dataRoot: string;
  calendar?: string | undefined;
  agent?: string;
}

/**
 * What the schedule service works with, made of the node's form.
 *
 * @throws CALENDAR_MISSING, OPENCAST_MISSING
 */
export function settingsOf(site: Placed, station: Defaults): ScheduleSettings {
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

function sourceOf(site: Placed, station: Defaults): ScheduleSettings['source'] {
  const { config, credentials } = site;
  if (config.source === 'message' || config.source === 'sample') return { kind: config.source };
  if (config.source === 'opencast') {
    if (config.core === '')
      throw new ReelflowError('OPENCAST_MISSING', 'no Opencast core is chosen', { field: 'core' });
    return { kind: 'opencast', coreId: config.core, agent: config.agent || (station.agent ?? '') };
  }
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
