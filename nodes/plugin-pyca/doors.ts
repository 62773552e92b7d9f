import { createRouter, type Handler, type Route } from '../adapters/http/router.ts';
import type { Log } from '../core/log.ts';
import type { Station } from '../core/station.ts';
import { eventDoors } from './event-doors.ts';
import type { RecentLog } from './recent-log.ts';
import { scheduleDoor } from './schedule-door.ts';
import { imageDoor, stationDoors } from './station-doors.ts';

export interface Door {
  prefix: string;
  routes: Route[];
  handler: Handler;
}

/**
 * The HTTP interface of pyCA 4.5 (pyca/ui), for programs that were made for it. Each door is mounted by itself, so that
 * `/api` stays open for others.
 */
export function pycaDoors(station: () => Station, recent: RecentLog, log: Log): Door[] {
  const routes: Record<string, Route[]> = {
    ...Object.fromEntries(Object.entries(stationDoors(station, recent)).map(([prefix, route]) => [prefix, [route]])),
    '/api/events': eventDoors(station),
    '/api/schedule': [scheduleDoor(station)],
    '/img': [imageDoor(station)],
  };
  return Object.entries(routes).map(([prefix, list]) => ({ prefix, routes: list, handler: createRouter(list, log) }));
}
