import type { Alarms } from '../../core/alarms/alarms.ts';
import { ArchiveService, type ArchiveSurroundings } from '../../core/archive/archive-service.ts';
import { environmentStoreId } from '../../core/archive/channel.ts';
import type { JobQueue, RetryPolicy } from '../../core/jobs/job-queue.ts';
import type { Log } from '../../core/log.ts';
import type { S3Place } from '../../core/s3/s3-place.ts';
import type { Clock } from '../../core/time/clock.ts';
import type { InstantLoop } from '../../core/time/instant-loop.ts';
import { openDatabase } from '../sqlite/database.ts';
import { HttpWebhookSender } from '../webhooks/http-webhook-sender.ts';
import { archiveFiles } from './archive-files.ts';
import { ChunkStores } from './chunk-stores.ts';
import { type ArchiveDatabase, openArchiveDatabase } from './database/archive-database.ts';
import { nodeSqliteDialect } from './database/node-sqlite-dialect.ts';
import { SqlChannelStore } from './database/sql-channel-store.ts';
import { SqlChunkIndex } from './database/sql-chunk-index.ts';
import { SqlJobReports } from './database/sql-job-reports.ts';
import { SqlWebhookStore } from './database/sql-webhook-store.ts';
import { FfmpegDecoder } from './ffmpeg-decoder.ts';
import { FileSpool } from './file-spool.ts';
import { openLiveSource } from './open-source.ts';

interface CommonOptions {
  dataRoot: string;
  /** REELFLOW_AGENT */
  agent: string;
  alarms: Alarms;
  clock: Clock;
  loop: InstantLoop;
  log: Log;
  retry?: RetryPolicy;
  /** Of the environment: the default of new channels. */
  s3?: S3Place;
}

export interface OwnOptions extends CommonOptions {
  /** The station's own. */
  jobs: JobQueue;
  shared?: undefined;
}

export interface SharedOptions extends CommonOptions {
  /** Others work on the same archive. */
  shared: Sharing;
}

export type ArchiveOptions = OwnOptions | SharedOptions;

export interface Sharing {
  /** postgres://user:password@host/database */
  url: string;
  /** Does jobs, and looks at no source by itself. */
  isWorker: boolean;
  /** Where what this process captures lies until it is stored: its own, in a data folder that others may use as well. */
  ownRoot: string;
}

/** What differs between an archive of one station and one that is shared. */
export interface ArchiveParts extends Pick<ArchiveSurroundings, 'jobs' | 'owner' | 'shared'> {
  database: ArchiveDatabase;
  /** Rejects with STORE_REFUSED where the folder is not the one that the others use. */
  checkFolder?: () => Promise<void>;
  close(): Promise<void>;
}

export interface OpenArchive {
  archive: ArchiveService;
  close(): Promise<void>;
}

/**
 * The live archive: chunks in the folder `archive` or in object stores, the spool on this machine's disk, the index in
 * SQLite or, for many machines, in PostgreSQL.
 */
export async function openArchive(options: ArchiveOptions): Promise<OpenArchive> {
  const { dataRoot, alarms, clock, loop, log, retry, s3 } = options;
  const files = archiveFiles(dataRoot, options.shared?.ownRoot);
  const parts = options.shared
    ? await (await import('./open-shared.ts')).openSharedParts(options)
    : await openOwnParts(options);
  const { database, jobs, owner } = parts;
  const stores = new ChunkStores(files.store);
  const archive = await ArchiveService.open({
    channels: new SqlChannelStore(database),
    index: new SqlChunkIndex(database),
    webhooks: { store: new SqlWebhookStore(database), sender: new HttpWebhookSender() },
    reports: new SqlJobReports(database),
    upkeepReports: new SqlJobReports(database),
    decoder: new FfmpegDecoder(),
    spool: new FileSpool(files.spool),
    jobs,
    alarms,
    clock,
    loop,
    log,
    owner,
    openSource: (url, channel) => openLiveSource(url, channel, { clock, log, ingestFolder: files.ingest }),
    openStore: async (settings) => {
      if (!settings) await parts.checkFolder?.();
      return await stores.open(settings);
    },
    ...(s3 ? { environmentStore: { ...s3, id: environmentStoreId } } : {}),
    ...(retry ? { retry } : {}),
    ...(parts.shared ? { shared: parts.shared } : {}),
  });
  return {
    archive,
    close: async () => {
      await archive.close();
      stores.close();
      await parts.close();
    },
  };
}

async function openOwnParts({ dataRoot, agent, jobs, alarms, log }: OwnOptions): Promise<ArchiveParts> {
  // The schema is Kysely's matter here, the same as in PostgreSQL.
  const file = openDatabase(archiveFiles(dataRoot).database, { log, alarms, migrations: [] });
  const database = await openArchiveDatabase(nodeSqliteDialect(file));
  // One process has this data folder to itself.
  return { database, jobs, owner: `station:${agent}`, close: () => database.destroy() };
}
