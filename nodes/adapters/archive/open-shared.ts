import { toReelflowError } from '../../core/errors.ts';
import { keptSecret } from '../access/private-file.ts';
import { PgBossJobQueue } from '../postgres/pg-boss-job-queue.ts';
import { archiveFiles } from './archive-files.ts';
import { openArchiveDatabase } from './database/archive-database.ts';
import { postgresDialect } from './database/postgres-dialect.ts';
import { SqlChunkIndex } from './database/sql-chunk-index.ts';
import { FolderMark } from './folder-mark.ts';
import type { ArchiveParts, SharedOptions } from './open-archive.ts';
import { PostgresNews } from './postgres-news.ts';

const alarm = 'archive-database';

/** Index, jobs and news in PostgreSQL, for stations and workers on many machines. Rejects with DATABASE_UNAVAILABLE. */
export async function openSharedParts(options: SharedOptions): Promise<ArchiveParts> {
  const { dataRoot, agent, alarms, clock, log, shared } = options;
  const { url, isWorker, ownRoot } = shared;
  const files = archiveFiles(dataRoot, ownRoot);
  // The name alone may be another machine's as well.
  const owner = `${agent}-${keptSecret(files.owner).slice(0, 8)}`;
  const database = await openArchiveDatabase(await postgresDialect(url));
  try {
    const jobs = await PgBossJobQueue.open(url, {
      clock,
      log,
      onDatabase: (trouble) => {
        if (!trouble) return alarms.clear(alarm);
        const { code, message } = trouble;
        alarms.raise(alarm, { severity: 'error', code, message });
      },
    });
    const index = new SqlChunkIndex(database);
    const news = new PostgresNews(url, { owner, database, index, log });
    const mark = new FolderMark(files.store, database, { mayMake: !isWorker });
    // Channels in object stores do without it.
    mark.check().catch((error: unknown) => log.warn(`the archive's folder: ${toReelflowError(error).message}`));
    return {
      ...{ database, jobs, owner },
      shared: { news, isWorker },
      checkFolder: () => mark.check(),
      close: async () => {
        await Promise.allSettled([jobs.close(), news.close()]);
        await database.destroy();
      },
    };
  } catch (error) {
    await database.destroy();
    throw error;
  }
}
