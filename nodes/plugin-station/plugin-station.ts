import type { NodeAPI } from 'node-red';
import { toReelflowError } from '../core/errors.ts';
import { provideStation } from '../kit/station.ts';
import { buildStation } from './build-station.ts';

/**
 * Builds the station before any node is loaded: Node-RED waits for an async plugin. Plugins have no close hook: at a
 * signal the services stop first, then Node-RED closes the nodes, which may still write; the captures outlive all of it.
 */
export default async function register(red: NodeAPI): Promise<void> {
  const { reelflow } = red.settings;
  if (!reelflow) {
    red.log.error('Reelflow needs its own settings file: start it with `npm start`');
    return;
  }
  try {
    const { station, close, closeDatabase } = await buildStation({
      environment: reelflow.environment,
      access: reelflow.access,
      version: reelflow.version,
      log: {
        debug: (message) => red.log.debug(`[reelflow] ${message}`),
        info: (message) => red.log.info(`[reelflow] ${message}`),
        warn: (message) => red.log.warn(`[reelflow] ${message}`),
        error: (message) => red.log.error(`[reelflow] ${message}`),
      },
    });
    provideStation(station);
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => void close());
    process.once('exit', closeDatabase);
  } catch (error) {
    const { code, message } = toReelflowError(error);
    if (code === 'DATA_IN_USE' || code === 'NOT_AVAILABLE') {
      // Going on would end another one's captures, or do something else than was asked for.
      console.error(`Reelflow cannot start: ${message}`);
      process.exit(1);
    }
    red.log.error(`[reelflow] the station could not be started: ${message}`);
  }
}
