import type { NodeAPI } from 'node-red';
import { ServiceNotifier, takeServiceContract } from '../adapters/process/service-notifier.ts';
import { toReelflowError } from '../core/errors.ts';
import { onStop } from '../kit/on-stop.ts';
import { pluginLog } from '../kit/plugin-log.ts';
import { stationReady } from '../kit/station.ts';
import { askHealth } from './liveness.ts';
import { ServiceReport } from './service-report.ts';

/** Readiness, status line and watchdog for systemd; nothing at all where no service manager asks for them. */
export default function register(red: NodeAPI): void {
  red.plugins.registerPlugin('reelflow-systemd', { type: 'reelflow' });
  const contract = takeServiceContract(process.env);
  if (!contract || !red.settings.reelflow) return;
  const log = pluginLog(red, 'service');
  const notifier = new ServiceNotifier(contract, log);
  const { watchdogMs } = contract;
  stationReady()
    .then((station) => {
      const askAlive = () => askHealth(red.server);
      const report = new ServiceReport({ station, notifier, askAlive, log, ...(watchdogMs && { watchdogMs }) });
      report.start();
      onStop(() => report.stop());
    })
    .catch((error: unknown) => log.error(toReelflowError(error).message));
}
