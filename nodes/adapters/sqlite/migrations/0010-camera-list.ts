import type { SchemaMigration } from './migration.ts';

/** Lists as they were last read, and the cameras that were entered here. Both have passwords in them. */
export const cameraList: SchemaMigration = {
  version: 10,
  up: (database) =>
    database.exec(`
      CREATE TABLE camera_lists (list_id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
      CREATE TABLE cameras (id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
    `),
};
