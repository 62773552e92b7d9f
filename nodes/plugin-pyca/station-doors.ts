import { hostFigures } from '../adapters/host/host-figures.ts';
import type { Route } from '../adapters/http/router.ts';
import { words } from '../core/bus/station-messages.ts';
import { pycaServicesOf } from '../core/pyca/states.ts';
import type { Station } from '../core/station.ts';
import { data, door, meta, PycaError } from './json-api.ts';
import type { RecentLog } from './recent-log.ts';

/** `/api/name`, `/api/previews`, `/api/services`, `/api/metrics`, `/api/logs`: by prefix, each answers at its root. */
export function stationDoors(station: () => Station, log: RecentLog): Record<string, Route> {
  const get = (role: Route['role'], handle: Route['handle']): Route => door({ method: 'GET', path: '', role, handle });
  return {
    '/api/name': get('viewer', () => {
      const { opencast, agent } = station();
      return meta({ name: opencast?.agents.list()[0]?.name ?? agent });
    }),
    // Every camera has a picture when somebody looks; pyCA lists the files that are there.
    '/api/previews': get('viewer', () =>
      data(
        ...station()
          .cameras.list()
          .map((_camera, index) => ({ type: 'preview', id: String(index), attributes: { id: index } })),
      ),
    ),
    '/api/services': get('viewer', () => meta({ services: pycaServicesOf(station()) })),
    '/api/metrics': get('viewer', async () => meta(await figures(station()))),
    '/api/logs': get('operator', () => {
      const { dataRoot, clock } = station();
      const lines = log.lines().map((line) => words(line, dataRoot));
      return data({ type: 'logs', id: String(Math.floor(clock.now() / 1000)), attributes: { lines } });
    }),
  };
}

/** `/img/{n}`: the n-th of the previews. */
export function imageDoor(station: () => Station): Route {
  return {
    method: 'GET',
    path: '/{n}',
    role: 'viewer',
    async handle({ params, response }) {
      const { cameras, previews } = station();
      const n = params['n'] ?? '';
      const camera = /^\d{1,4}$/.test(n) ? cameras.list()[Number(n)] : undefined;
      const picture = camera && (await previews.still(camera.name).catch(() => undefined));
      if (!picture) return { status: 404 };
      const headers = { 'Content-Type': 'image/jpeg', 'Content-Length': picture.length, 'Cache-Control': 'no-store' };
      response.writeHead(200, headers).end(picture);
      return undefined;
    },
  };
}

async function figures(station: Station): Promise<object> {
  const { disk, schedules } = station;
  const usage = await disk.usage().catch(() => {
    throw new PycaError(503, 'The disk does not answer');
  });
  const synchronized = Math.max(0, ...schedules.list().map(({ lastGoodAt }) => lastGoodAt ?? 0));
  const { memory, load } = await hostFigures();
  return {
    services: Object.entries(pycaServicesOf(station)).map(([name, status]) => ({ name, status })),
    disk_usage_in_bytes: {
      total: usage.totalBytes,
      used: usage.totalBytes - usage.freeBytes,
      free: usage.freeBytes,
    },
    memory_usage_in_bytes: memory,
    load,
    // Python's isoformat of a UTC time without a zone.
    upstream: { last_synchronized: synchronized > 0 ? new Date(synchronized).toISOString().slice(0, -1) : null },
  };
}
