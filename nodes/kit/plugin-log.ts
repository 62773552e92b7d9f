import type { NodeAPI } from 'node-red';
import type { Log } from '../core/log.ts';

/** Node-RED's log as the services take it; `[topic]` goes before each line. */
export function pluginLog(red: NodeAPI, topic: string): Log {
  return {
    debug: (message) => red.log.debug(`[${topic}] ${message}`),
    info: (message) => red.log.info(`[${topic}] ${message}`),
    warn: (message) => red.log.warn(`[${topic}] ${message}`),
    error: (message) => red.log.error(`[${topic}] ${message}`),
  };
}
