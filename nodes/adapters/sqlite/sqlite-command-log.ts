import type { StatementSync } from 'node:sqlite';
import type { CommandReply } from '../../core/bus/command.ts';
import type { CommandMemory, KeptCommand } from '../../core/bus/command-memory.ts';
import type { Database } from './database.ts';
import { rowJson } from './row-json.ts';
import { inTransaction } from './transaction.ts';

/** Commands that were begun and their answers, so that one given again after a restart is not run again. */
export class SqliteCommandLog implements CommandMemory {
  readonly #database: Database;
  readonly #load: StatementSync;
  readonly #clear: StatementSync;
  readonly #add: StatementSync;

  constructor(database: Database) {
    this.#database = database;
    this.#load = database.prepare('SELECT * FROM commands ORDER BY rowid');
    this.#clear = database.prepare('DELETE FROM commands');
    this.#add = database.prepare('INSERT INTO commands (key, fingerprint, begun_at, reply) VALUES (?, ?, ?, ?)');
  }

  load(): KeptCommand[] {
    return this.#load.all().map((row) => {
      const reply = rowJson<CommandReply>(row, 'reply');
      return {
        key: String(row['key']),
        fingerprint: String(row['fingerprint']),
        begunAt: Number(row['begun_at']),
        ...(reply ? { reply } : {}),
      };
    });
  }

  /** Commands are rare and few are remembered: the whole list is written anew. */
  save(commands: readonly KeptCommand[]): void {
    inTransaction(this.#database, () => {
      this.#clear.run();
      for (const { key, fingerprint, begunAt, reply } of commands) {
        this.#add.run(key, fingerprint, Math.round(begunAt), reply ? JSON.stringify(reply) : null);
      }
    });
  }
}
