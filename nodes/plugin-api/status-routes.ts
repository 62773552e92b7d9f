import { z } from 'zod';
import { readJsonBody } from '../adapters/http/json-body.ts';
import type { Call, Route } from '../adapters/http/router.ts';
import type { Station } from '../core/station.ts';
import { type ApiContext, audienceOf } from './api-context.ts';
import { runCommand } from './commands.ts';
import { instant, readQuery } from './input.ts';
import { inputJson } from './input-json.ts';
import { type EventWindow, nextEvents, scheduleJson } from './schedule-json.ts';
import { stationStatus } from './station-status.ts';

const windowQuery = z.object({ from: instant.optional(), to: instant.optional() });

/** How the station is, what is planned, which cameras there are. */
export function statusRoutes(context: ApiContext): Route[] {
  return [
    {
      method: 'GET',
      path: '/status',
      role: 'viewer',
      async handle(call) {
        const station = context.station();
        const body = await stationStatus(station, context.processor, audienceOf(call, station));
        return { status: 200, body };
      },
    },
    {
      method: 'GET',
      path: '/me',
      role: 'viewer',
      handle: ({ caller: { user, role } }) => ({ status: 200, body: { user, role } }),
    },
    {
      method: 'GET',
      path: '/schedule',
      role: 'viewer',
      handle(call) {
        const station = context.station();
        const { from, to } = readQuery(call.query, windowQuery);
        const window = { from: from ?? station.clock.now(), ...(to === undefined ? {} : { to }) };
        return { status: 200, body: planJson(station, window, call) };
      },
    },
    {
      method: 'POST',
      path: '/schedule/refresh',
      role: 'operator',
      async handle(call) {
        const station = context.station();
        const args = await readJsonBody(call.request);
        await runCommand(call, station, { verb: 'schedule/refresh', args });
        return { status: 200, body: planJson(station, { from: station.clock.now() }, call) };
      },
    },
    {
      method: 'GET',
      path: '/inputs',
      role: 'viewer',
      handle() {
        const station = context.station();
        return { status: 200, body: { inputs: station.cameras.list().map((camera) => inputJson(camera, station)) } };
      },
    },
    {
      method: 'GET',
      path: '/events',
      role: 'viewer',
      isEndless: true,
      handle(call) {
        context.events.connect(context.station(), call.response);
        return undefined;
      },
    },
  ];
}

function planJson(station: Station, window: EventWindow, call: Call) {
  const audience = audienceOf(call, station);
  return {
    schedules: station.schedules.list().map((view) => scheduleJson(view, window, audience)),
    events: nextEvents(station, window),
  };
}
