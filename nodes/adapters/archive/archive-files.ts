import { join } from 'node:path';

/** Where the archive lies in the data folder. The index is a file of its own, so that it never holds up the recordings' journal. */
export function archiveFiles(dataRoot: string): { database: string; store: string; spool: string; ingest: string } {
  return {
    database: join(dataRoot, 'archive.sqlite'),
    store: join(dataRoot, 'archive'),
    spool: join(dataRoot, 'archive-spool'),
    ingest: join(dataRoot, 'archive-ingest'),
  };
}
