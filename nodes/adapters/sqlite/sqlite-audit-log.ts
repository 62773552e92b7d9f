import type { StatementSync } from 'node:sqlite';
import type { AuditEntry, AuditLog } from '../../core/access/audit.ts';
import type { Database } from './database.ts';

/** Some years of an ordinary station; an attacker who tries passwords can not fill the disk. */
const mostKept = 10_000;
const trimEvery = 100;

/** Who did what, the newest 10 000 entries. */
export class SqliteAuditLog implements AuditLog {
  readonly #append: StatementSync;
  readonly #trim: StatementSync;
  readonly #list: StatementSync;

  constructor(database: Database) {
    this.#append = database.prepare(
      'INSERT INTO audit (at, user, via, action, detail, is_ok) VALUES (?, ?, ?, ?, ?, ?) RETURNING id',
    );
    this.#trim = database.prepare('DELETE FROM audit WHERE id <= ?');
    this.#list = database.prepare('SELECT * FROM audit ORDER BY id DESC LIMIT ?');
  }

  append({ at, user, via, action, detail, isOk }: AuditEntry): void {
    const id = Number(this.#append.get(Math.round(at), user, via, action, detail, isOk ? 1 : 0)?.['id']);
    if (id % trimEvery === 0) this.#trim.run(id - mostKept);
  }

  list(limit: number): AuditEntry[] {
    return this.#list.all(limit).map((row) => ({
      at: Number(row['at']),
      user: String(row['user']),
      via: String(row['via']),
      action: String(row['action']),
      detail: String(row['detail']),
      isOk: row['is_ok'] === 1,
    }));
  }
}
