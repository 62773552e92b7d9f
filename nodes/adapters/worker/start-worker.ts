/**
 * `npm start` with REELFLOW_ROLE=worker: a process that does the jobs of stations that share a PostgreSQL database. No
 * Node-RED, no flows, no broker, no dashboard.
 */
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { ReelflowError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { parseEnvironment } from '../../core/parse-environment.ts';
import { redact } from '../../core/redact.ts';
import { StationAccess } from '../access/station-access.ts';
import { buildWorker } from './build-worker.ts';
import { WorkerDoor } from './worker-door.ts';
import { WorkerMetrics } from './worker-metrics.ts';

const closeMs = 25_000;

const say = (level: string, message: string): void => {
  process.stdout.write(`${new Date().toISOString()} [${level}] ${redact(message)}\n`);
};
const log: Log = {
  debug: () => {},
  info: (message) => say('info', message),
  warn: (message) => say('warn', message),
  error: (message) => say('error', message),
};

function packageVersion(): string {
  // The sources lie one folder less deep than what is compiled of them.
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}

async function start(): Promise<void> {
  const { adminPassword, ...environment } = parseEnvironment(process.env, {
    hostname: hostname(),
    cwd: process.cwd(),
    argv: process.argv.slice(2),
    readFile: (path) => readFileSync(path, 'utf8'),
  });
  // Every child process could read it; nobody needs it any more.
  delete process.env['REELFLOW_ADMIN_PASSWORD'];
  if (environment.role !== 'worker') {
    const reason = 'REELFLOW_ROLE is not worker: `npm start` starts a station';
    throw new ReelflowError('BAD_ENVIRONMENT', reason, { field: 'REELFLOW_ROLE' });
  }
  const version = packageVersion();
  const worker = buildWorker({ environment, log });
  const folder = join(worker.ownRoot, 'access');
  const access = adminPassword === undefined ? undefined : new StationAccess({ folder, adminPassword });
  await access?.settled;
  const door = await WorkerDoor.open({ worker, metrics: new WorkerMetrics(worker, version), version, access });
  log.info(`Reelflow ${version} works as "${environment.agent}"; http://${environment.host}:${door.port}/health`);
  worker.archive.onOpen(() => log.info('ready: it takes jobs'));

  let isStopping = false;
  const stop = (signal: string): void => {
    if (isStopping) return;
    isStopping = true;
    log.info(`${signal}: it takes no more jobs, and hands back what it is at`);
    door.close();
    setTimeout(() => process.exit(1), closeMs).unref();
    worker.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop(signal));
}

start().catch((error: unknown) => {
  // What a person can put right is one line; anything else is a fault of ours and needs its stack.
  console.error(error instanceof ReelflowError ? `Reelflow cannot start: ${error.message}` : error);
  process.exit(1);
});
