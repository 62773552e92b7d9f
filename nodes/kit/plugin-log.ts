import type { NodeAPI } from 'node-red';
import type { Log } from '../core/log.ts';

/**
 * Node-RED's log as the services take it; `[topic]` goes before each line. A message is one line, whatever stands in it:
 * titles and answers come from outside, and must not be able to write lines of their own.
 */
export function pluginLog(red: NodeAPI, topic: string): Log {
  const line = (message: string) => `[${topic}] ${message.replaceAll(/\p{Cc}+/gu, ' ')}`;
  return {
    debug: (message) => red.log.debug(line(message)),
    info: (message) => red.log.info(line(message)),
    warn: (message) => red.log.warn(line(message)),
    error: (message) => red.log.error(line(message)),
  };
}
