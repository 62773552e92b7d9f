import { readdir } from 'node:fs/promises';
import { Gauge, type Registry } from 'prom-client';
import { pycaServiceStates, pycaServicesOf, pycaStatuses, pycaStatusOf } from '../core/pyca/states.ts';
import type { Station } from '../core/station.ts';

/** Of the newest: counting reads each of them. */
const mostCounted = 1000;

/**
 * The figures that pyCA 4.5 gives to Prometheus, under its names, so that dashboards made for it go on. Counted once:
 * pyCA itself has the type `upcoming` twice.
 */
export function addPycaMetrics(station: Station, register: Registry): void {
  new Gauge({
    name: 'pyca_service_state_info',
    help: 'Service State of pyCA processes',
    labelNames: ['service', 'state'],
    registers: [register],
    collect() {
      for (const [service, now] of Object.entries(pycaServicesOf(station))) {
        for (const state of pycaServiceStates) this.set({ service, state }, state === now ? 1 : 0);
      }
    },
  });
  new Gauge({
    name: 'pyca_events_count',
    help: 'Count of events with different status',
    labelNames: ['type'],
    registers: [register],
    collect() {
      for (const [type, count] of counts(station)) this.set({ type }, count);
    },
  });
  new Gauge({
    name: 'video_devices',
    help: 'Available video devices',
    labelNames: ['device'],
    registers: [register],
    async collect() {
      this.reset();
      const names = await readdir('/dev').catch(() => []);
      for (const name of names) if (/^video\d+$/.test(name)) this.set({ device: `/dev/${name}` }, 1);
    },
  });
}

function counts({ recordings, schedules, clock }: Station): Map<string, number> {
  const all = new Map<string, number>(pycaStatuses.map((status) => [status, 0]));
  const begun = new Set<string>();
  for (const recording of recordings.list({ limit: mostCounted })) {
    const status = pycaStatusOf(recording);
    if (!status || status === 'upcoming') continue;
    all.set(status, (all.get(status) ?? 0) + 1);
    begun.add(recording.event.uid);
  }
  const now = clock.now();
  const toCome = schedules
    .list()
    .flatMap(({ events }) => events.filter(({ uid, end }) => end > now && !begun.has(uid)));
  return all.set('upcoming', toCome.length);
}
