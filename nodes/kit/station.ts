import { ReelflowError } from '../core/errors.ts';
import type { Station } from '../core/station.ts';

/**
 * Where nodes find the services. Module state on purpose: Node-RED loads plugins and nodes on separate paths and hands
 * them nothing but RED, and there is exactly one station in a process.
 */
let current: Station | undefined;

/** Called once by plugin-station, before any node is loaded; tests give their own. */
export function provideStation(station: Station | undefined): void {
  current = station;
  if (station) ready.resolve(station);
}

const ready = Promise.withResolvers<Station>();

/** Settles when the station was provided: plugins load in no fixed order. */
export function stationReady(): Promise<Station> {
  return ready.promise;
}

export function useStation(): Station {
  if (!current) {
    throw new ReelflowError('STATION_MISSING', 'Reelflow is not running: plugin-station did not start; see the log');
  }
  return current;
}
