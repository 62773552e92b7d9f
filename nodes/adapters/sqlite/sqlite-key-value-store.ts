import type { StatementSync } from 'node:sqlite';
import type { KeyValueStore } from '../../core/state/key-value-store.ts';
import type { Database } from './database.ts';
import { rowJson } from './row-json.ts';

export class SqliteKeyValueStore implements KeyValueStore {
  readonly #get: StatementSync;
  readonly #set: StatementSync;
  readonly #remove: StatementSync;

  constructor(database: Database) {
    this.#get = database.prepare('SELECT value FROM kv WHERE key = ?');
    this.#set = database.prepare(
      'INSERT INTO kv (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    );
    this.#remove = database.prepare('DELETE FROM kv WHERE key = ?');
  }

  get<T>(key: string): T | undefined {
    return rowJson<T>(this.#get.get(key), 'value');
  }

  set(key: string, value: unknown): void {
    if (value === undefined) this.#remove.run(key);
    else this.#set.run(key, JSON.stringify(value));
  }
}
