import type { SQLInputValue } from 'node:sqlite';
import { type Dialect, SqliteDialect } from 'kysely';
import type { Database } from '../../sqlite/database.ts';

/** Kysely's SQLite dialect expects better-sqlite3, a compiled addon; node:sqlite differs in how values are handed over. */
export function nodeSqliteDialect(database: Database): Dialect {
  return new SqliteDialect({
    database: {
      close: () => database.close(),
      prepare: (sql) => {
        const statement = database.prepare(sql);
        return {
          reader: statement.columns().length > 0,
          all: (values) => statement.all(...(values as SQLInputValue[])),
          run: (values) => statement.run(...(values as SQLInputValue[])),
          iterate: (values) => statement.iterate(...(values as SQLInputValue[])),
        };
      },
    },
  });
}
