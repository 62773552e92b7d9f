import type { Alarms } from '../../core/alarms/alarms.ts';
import { ArchiveService } from '../../core/archive/archive-service.ts';
import { environmentStoreId } from '../../core/archive/channel.ts';
import type { JobQueue, RetryPolicy } from '../../core/jobs/job-queue.ts';
import type { Log } from '../../core/log.ts';
import type { S3Place } from '../../core/s3/s3-place.ts';
import type { Clock } from '../../core/time/clock.ts';
import type { InstantLoop } from '../../core/time/instant-loop.ts';
import { openDatabase } from '../sqlite/database.ts';
import { archiveFiles } from './archive-files.ts';
import { ChunkStores } from './chunk-stores.ts';
import { openArchiveDatabase } from './database/archive-database.ts';
import { nodeSqliteDialect } from './database/node-sqlite-dialect.ts';
import { SqlCaptureReports } from './database/sql-capture-reports.ts';
import { SqlChannelStore } from './database/sql-channel-store.ts';
import { SqlChunkIndex } from './database/sql-chunk-index.ts';
import { FileSpool } from './file-spool.ts';
import { openLiveSource } from './open-source.ts';

export interface ArchiveOptions {
  dataRoot: string;
  /** REELFLOW_AGENT */
  agent: string;
  jobs: JobQueue;
  alarms: Alarms;
  clock: Clock;
  loop: InstantLoop;
  log: Log;
  retry?: RetryPolicy;
  /** Of the environment: the default of new channels. */
  s3?: S3Place;
}

export interface OpenArchive {
  archive: ArchiveService;
  close(): Promise<void>;
}

/** The live archive on one machine: index in SQLite, chunks in the folder `archive` or in an object store, the spool beside it. */
export async function openArchive(options: ArchiveOptions): Promise<OpenArchive> {
  const { dataRoot, agent, jobs, alarms, clock, loop, log, retry, s3 } = options;
  const files = archiveFiles(dataRoot);
  // The schema is Kysely's matter here, the same as in PostgreSQL.
  const file = openDatabase(files.database, { log, alarms, migrations: [] });
  const database = await openArchiveDatabase(nodeSqliteDialect(file));
  const stores = new ChunkStores(files.store);
  const archive = await ArchiveService.open({
    channels: new SqlChannelStore(database),
    index: new SqlChunkIndex(database),
    reports: new SqlCaptureReports(database),
    spool: new FileSpool(files.spool),
    jobs,
    alarms,
    clock,
    loop,
    log,
    // One process has this data folder to itself.
    owner: `station:${agent}`,
    openSource: (url, channel) => openLiveSource(url, channel, { clock, log, ingestFolder: files.ingest }),
    openStore: (settings) => stores.open(settings),
    ...(s3 ? { environmentStore: { ...s3, id: environmentStoreId } } : {}),
    ...(retry ? { retry } : {}),
  });
  return {
    archive,
    close: async () => {
      await archive.close();
      stores.close();
      await database.destroy();
    },
  };
}
