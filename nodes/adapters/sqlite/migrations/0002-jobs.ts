import type { SchemaMigration } from './migration.ts';

export const jobs: SchemaMigration = {
  version: 2,
  up: (database) =>
    database.exec(`
      CREATE TABLE jobs (
        id TEXT PRIMARY KEY,
        queue TEXT NOT NULL,
        key TEXT NOT NULL,
        data TEXT NOT NULL,
        state TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        run_at INTEGER NOT NULL,
        error TEXT,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL
      ) STRICT;
      CREATE UNIQUE INDEX jobs_unfinished ON jobs (queue, key) WHERE state IN ('queued', 'active', 'retrying');
      CREATE INDEX jobs_due ON jobs (queue, state, run_at);
      CREATE INDEX jobs_by_age ON jobs (state, updated_at);
    `),
};
