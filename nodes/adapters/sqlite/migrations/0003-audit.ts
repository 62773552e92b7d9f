import type { SchemaMigration } from './migration.ts';

export const audit: SchemaMigration = {
  version: 3,
  up: (database) =>
    database.exec(`
      CREATE TABLE audit (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        user TEXT NOT NULL,
        via TEXT NOT NULL,
        action TEXT NOT NULL,
        detail TEXT NOT NULL,
        is_ok INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE commands (
        key TEXT PRIMARY KEY,
        fingerprint TEXT NOT NULL,
        begun_at INTEGER NOT NULL,
        reply TEXT
      ) STRICT;
      CREATE TABLE kv (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    `),
};
