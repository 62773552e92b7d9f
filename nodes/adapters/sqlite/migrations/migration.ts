import type { DatabaseSync } from 'node:sqlite';

/** One step of the schema. Written once, never changed after a release: files in the field have run it. */
export interface SchemaMigration {
  /** What `PRAGMA user_version` says afterwards. */
  version: number;
  up(database: DatabaseSync): void;
}
