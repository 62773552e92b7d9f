import type { NodeAPI } from 'node-red';
import { useStation } from '../kit/station.ts';
import { HttpInterface } from './http-interface.ts';

/**
 * Mounts the HTTP interface on Node-RED's own server, behind httpNodeAuth. Plugins load in no fixed order, so requests
 * that come before the station is up are answered with 503.
 */
export default function register(red: NodeAPI): void {
  const { log } = red;
  const { mounts } = new HttpInterface({
    station: useStation,
    access: red.settings.reelflow?.access,
    log: {
      debug: (message) => log.debug(`[api] ${message}`),
      info: (message) => log.info(`[api] ${message}`),
      warn: (message) => log.warn(`[api] ${message}`),
      error: (message) => log.error(`[api] ${message}`),
    },
  });
  for (const { prefix, handler } of mounts) red.httpNode.use(prefix, handler);
}
