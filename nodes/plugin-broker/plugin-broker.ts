import type { NodeAPI } from 'node-red';
import { openedBus } from '../adapters/mqtt/open-bus.ts';
import { toReelflowError } from '../core/errors.ts';
import { onStop } from '../kit/on-stop.ts';
import { pluginLog } from '../kit/plugin-log.ts';
import { stationReady } from '../kit/station.ts';
import { putOnBus } from './station-on-bus.ts';

/**
 * Connects the station with its bus, and MQTT over WebSocket with Node-RED's HTTP server. Whatever goes wrong here is
 * logged: recording does not need a bus.
 */
export default function register(red: NodeAPI): void {
  red.plugins.registerPlugin('reelflow-broker', { type: 'reelflow' });
  if (!red.settings.reelflow) return;
  const log = pluginLog(red, 'bus');
  stationReady()
    .then((station) => {
      const goodbye = putOnBus(station, log);
      const opened = openedBus(station.bus);
      opened?.attachWebSocket(red.server);
      onStop(() => {
        goodbye();
        opened?.close().catch((error: unknown) => log.error(toReelflowError(error).message));
      });
    })
    .catch((error: unknown) => log.error(`the station is not on the bus: ${toReelflowError(error).message}`));
}
