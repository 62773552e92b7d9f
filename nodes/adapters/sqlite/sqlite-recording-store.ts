import type { StatementSync } from 'node:sqlite';
import type { Recording } from '../../core/recording/recording.ts';
import type { RecordingStore, StoredCapture } from '../../core/recording/recording-store.ts';
import type { RecordingFilter } from '../../core/recording/recordings.ts';
import type { Database } from './database.ts';
import { folded, recordingQuery } from './recording-query.ts';
import { rowJson } from './row-json.ts';

/** The recording journal. Each call is one commit, on the disk when it returns. */
export class SqliteRecordingStore implements RecordingStore {
  readonly #database: Database;
  readonly #save: StatementSync;
  readonly #get: StatementSync;
  readonly #findByEvent: StatementSync;
  readonly #remove: StatementSync;
  readonly #saveCapture: StatementSync;
  readonly #listCaptures: StatementSync;
  readonly #removeCapture: StatementSync;

  constructor(database: Database) {
    this.#database = database;
    database.function('folded', { deterministic: true }, (text) => folded(String(text)));
    this.#save = database.prepare(
      `INSERT INTO recordings (id, recorder_id, event_uid, state, planned_start, created_at, body)
       VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET recorder_id = excluded.recorder_id, event_uid = excluded.event_uid,
         state = excluded.state, planned_start = excluded.planned_start, body = excluded.body`,
    );
    this.#get = database.prepare('SELECT body FROM recordings WHERE id = ?');
    this.#findByEvent = database.prepare(
      `SELECT body FROM recordings WHERE recorder_id = ? AND event_uid = ?
       ORDER BY planned_start DESC, created_at DESC LIMIT 1`,
    );
    this.#remove = database.prepare('DELETE FROM recordings WHERE id = ?');
    this.#saveCapture = database.prepare(
      'INSERT INTO captures (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body',
    );
    this.#listCaptures = database.prepare('SELECT body FROM captures ORDER BY id');
    this.#removeCapture = database.prepare('DELETE FROM captures WHERE id = ?');
  }

  save(recording: Recording): void {
    const { id, recorderId, event, state, plannedStart, createdAt } = recording;
    const start = Math.round(plannedStart);
    this.#save.run(id, recorderId, event.uid, state, start, Math.round(createdAt), JSON.stringify(recording));
  }

  get(id: string): Recording | undefined {
    return rowJson<Recording>(this.#get.get(id), 'body');
  }

  findByEvent(recorderId: string, eventUid: string): Recording | undefined {
    return rowJson<Recording>(this.#findByEvent.get(recorderId, eventUid), 'body');
  }

  list(filter: RecordingFilter = {}): Recording[] {
    const { sql, values } = recordingQuery(filter);
    const rows = this.#database.prepare(sql).all(...values);
    return rows.flatMap((row) => rowJson<Recording>(row, 'body') ?? []);
  }

  remove(id: string): void {
    this.#remove.run(id);
  }

  saveCapture(capture: StoredCapture): void {
    this.#saveCapture.run(capture.record.id, JSON.stringify(capture));
  }

  listCaptures(): StoredCapture[] {
    return this.#listCaptures.all().flatMap((row) => rowJson<StoredCapture>(row, 'body') ?? []);
  }

  removeCapture(id: string): void {
    this.#removeCapture.run(id);
  }
}
