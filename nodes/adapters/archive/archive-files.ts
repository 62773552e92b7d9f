import { join } from 'node:path';

/**
 * Where the archive lies in the data folder. The index is a file of its own, so that it never holds up the recordings'
 * journal.
 *
 * @param own where a process keeps what is its own, when several work in one data folder
 */
export function archiveFiles(
  dataRoot: string,
  own = dataRoot,
): { database: string; store: string; spool: string; ingest: string; owner: string } {
  return {
    database: join(dataRoot, 'archive.sqlite'),
    store: join(dataRoot, 'archive'),
    spool: join(own, 'archive-spool'),
    ingest: join(own, 'archive-ingest'),
    owner: join(own, 'archive-owner'),
  };
}
