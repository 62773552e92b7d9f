import type { NodeAPI } from 'node-red';
import { toReelflowError } from '../core/errors.ts';
import { onStop } from '../kit/on-stop.ts';
import { pluginLog } from '../kit/plugin-log.ts';
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
      log: pluginLog(red, 'reelflow'),
    });
    provideStation(station);
    onStop(() => void close());
    process.once('exit', closeDatabase);
  } catch (error) {
    const { code, message } = toReelflowError(error);
    if (code === 'DATA_IN_USE') {
      // Going on would end another one's captures.
      console.error(`Reelflow cannot start: ${message}`);
      process.exit(1);
    }
    red.log.error(`[reelflow] the station could not be started: ${message}`);
  }
}
