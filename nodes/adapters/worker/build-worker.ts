import { join } from 'node:path';
import { Alarms } from '../../core/alarms/alarms.ts';
import type { Environment } from '../../core/environment.ts';
import { ReelflowError, toReelflowError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import { InstantLoop } from '../../core/time/instant-loop.ts';
import { LazyArchive } from '../archive/lazy-archive.ts';
import { SystemClock } from '../clock/system-clock.ts';
import { makeFoldersSync } from '../files/make-folders.ts';
import { lockDataRoot } from '../sqlite/data-root-lock.ts';

export interface Worker {
  environment: Environment;
  /** The worker's part of the data folder: what it captures lies there until it is stored. */
  ownRoot: string;
  clock: Clock;
  startedAt: number;
  alarms: Alarms;
  archive: LazyArchive;
  /** Hands back what it was at. Never rejects. */
  close(): Promise<void>;
}

/**
 * A process that does the jobs that stations order: it captures, stores and keeps up chunks. It has a part of the data
 * folder to itself, so that it can stand beside a station, or beside other workers of other names. Throws DATA_IN_USE.
 */
export function buildWorker({ environment, log }: { environment: Environment; log: Log }): Worker {
  const { dataRoot, agent, database, s3 } = environment;
  const ownRoot = join(dataRoot, 'workers', agent);
  makeFoldersSync(ownRoot, 0o700);
  const unlock = lock(ownRoot, environment);
  const clock = new SystemClock();
  const alarms = new Alarms(clock);
  const loop = new InstantLoop(clock, { onError: (error) => log.error(toReelflowError(error).message) });
  const archive = new LazyArchive({
    ...{ dataRoot, agent, alarms, clock, loop, log },
    ...(s3 ? { s3 } : {}),
    shared: { url: database, isWorker: true, ownRoot },
  });
  loop.start();
  archive.goOn();
  return {
    ...{ environment, ownRoot, clock, alarms, archive },
    startedAt: clock.now(),
    close: async () => {
      loop.stop();
      await archive.close().catch((error: unknown) => log.error(toReelflowError(error).message));
      unlock();
    },
  };
}

function lock(ownRoot: string, { agent, dataRoot }: Environment): () => void {
  try {
    return lockDataRoot(join(ownRoot, 'instance.lock'), dataRoot);
  } catch (cause) {
    if (!(cause instanceof ReelflowError) || cause.code !== 'DATA_IN_USE') throw cause;
    const message = `REELFLOW_AGENT="${agent}" is the name of another worker in ${dataRoot}; each needs its own`;
    throw new ReelflowError('DATA_IN_USE', message, { cause, field: 'REELFLOW_AGENT' });
  }
}
