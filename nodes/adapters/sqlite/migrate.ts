import { closeSync, openSync, renameSync, rmSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { ReelflowError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { SchemaMigration } from './migrations/migration.ts';
import { inTransaction } from './transaction.ts';

/**
 * Raises a database to the newest schema: a copy `<path>.v<old version>` first, then each step in a transaction of its
 * own, so that a power cut leaves the old or the new schema and nothing between.
 *
 * Throws DATABASE_TOO_NEW for a file that a newer Reelflow has written; it is not touched.
 */
export function migrate(database: DatabaseSync, path: string, migrations: readonly SchemaMigration[], log: Log): void {
  const from = schemaVersion(database);
  const newest = migrations.at(-1)?.version ?? 0;
  if (from > newest) {
    throw new ReelflowError(
      'DATABASE_TOO_NEW',
      `${path} has schema version ${from}, this Reelflow knows up to ${newest}: install the newer Reelflow again, ` +
        `or put back the copy ${path}.v${newest} that it made`,
    );
  }
  const steps = migrations.filter((step) => step.version > from);
  if (steps.length === 0) return;
  if (from > 0) {
    const copy = backUp(database, path, from);
    log.info(`database: raised from schema version ${from} to ${newest}; a copy of the old one is ${copy}`);
  }
  for (const step of steps) {
    inTransaction(database, () => {
      step.up(database);
      database.exec(`PRAGMA user_version = ${step.version}`);
    });
  }
}

function schemaVersion(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
}

function backUp(database: DatabaseSync, path: string, version: number): string {
  const target = `${path}.v${version}`;
  const partial = `${target}.partial`;
  rmSync(partial, { force: true });
  // VACUUM INTO fills an empty file that is there: made by us, only its owner can read it.
  closeSync(openSync(partial, 'w', 0o600));
  database.prepare('VACUUM INTO ?').run(partial);
  renameSync(partial, target);
  return target;
}
