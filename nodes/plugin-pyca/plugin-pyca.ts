import { EventEmitter } from 'node:events';
import type { NodeAPI } from 'node-red';
import { useStation } from '../kit/station.ts';
import { pycaDoors } from './doors.ts';
import { type LogMessage, RecentLog } from './recent-log.ts';

/** Mounts pyCA's HTTP interface beside our own, behind the same login. */
export default function register(red: NodeAPI): void {
  const { log } = red;
  const recent = new RecentLog();
  const hearing = new EventEmitter();
  hearing.on('log', (message: LogMessage) => recent.add(message));
  log.addHandler(hearing);
  const doors = pycaDoors(useStation, recent, {
    debug: (message) => log.debug(`[pyca] ${message}`),
    info: (message) => log.info(`[pyca] ${message}`),
    warn: (message) => log.warn(`[pyca] ${message}`),
    error: (message) => log.error(`[pyca] ${message}`),
  });
  for (const { prefix, handler } of doors) red.httpNode.use(prefix, handler);
}
