import type { DatabaseSync } from 'node:sqlite';

/** All of `work` or nothing of it. Takes the write lock at once, so that it can not fail half-way for want of it. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // SQLite rolls back by itself after some errors (a full disk).
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
