import type { SchemaMigration } from './migration.ts';

/** The journal. Whole objects as JSON; columns only for what is searched by. */
export const recordings: SchemaMigration = {
  version: 1,
  up: (database) =>
    database.exec(`
      CREATE TABLE recordings (
        id TEXT PRIMARY KEY,
        recorder_id TEXT NOT NULL,
        event_uid TEXT NOT NULL,
        state TEXT NOT NULL,
        planned_start INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        body TEXT NOT NULL
      ) STRICT;
      CREATE INDEX recordings_by_event ON recordings (recorder_id, event_uid);
      CREATE INDEX recordings_by_state ON recordings (state, planned_start);
      CREATE INDEX recordings_by_start ON recordings (planned_start, created_at);
      CREATE TABLE captures (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
      CREATE TABLE schedules (
        schedule_id TEXT PRIMARY KEY,
        view TEXT NOT NULL,
        updated_at INTEGER NOT NULL
      ) STRICT;
    `),
};
