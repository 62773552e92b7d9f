import type { SchemaMigration } from './migration.ts';

/** Restreamed cameras: what is wanted, what failed of late, what was found, and who has which where stations share a list. */
export const restreams: SchemaMigration = {
  version: 20,
  up: (database) =>
    database.exec(`
      CREATE TABLE restream_cameras (path TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
      CREATE TABLE restream_outages (
        path TEXT NOT NULL,
        started_at INTEGER NOT NULL,
        ended_at INTEGER,
        class TEXT NOT NULL,
        message TEXT NOT NULL,
        PRIMARY KEY (path, started_at)
      ) STRICT;
      CREATE INDEX restream_outages_by_end ON restream_outages (ended_at);
      CREATE TABLE restream_probes (key TEXT PRIMARY KEY, at INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
      CREATE TABLE restream_leases (key TEXT PRIMARY KEY, owner TEXT NOT NULL, until INTEGER NOT NULL) STRICT;
    `),
};
