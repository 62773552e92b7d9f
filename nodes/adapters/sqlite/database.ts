import { chmodSync, closeSync, existsSync, mkdirSync, openSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Alarms } from '../../core/alarms/alarms.ts';
import { ReelflowError, toReelflowError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations/list.ts';
import type { SchemaMigration } from './migrations/migration.ts';

export type Database = DatabaseSync;

export interface DatabaseOptions {
  log: Log;
  /** Hears of a file that had to be set aside. */
  alarms?: Pick<Alarms, 'raise'>;
  /** Other than the product's own, for tests of older schemas. */
  migrations?: readonly SchemaMigration[];
}

/** SQLITE_CORRUPT and SQLITE_NOTADB (https://www.sqlite.org/rescode.html); the low byte of an extended code. */
const damageCodes = [11, 26];
const busyTimeoutMs = 5000;
/** Of the write-ahead log after a checkpoint. */
const logSizeBytes = 8 * 1024 * 1024;

/**
 * Opens the station's one database file, made when it is missing, readable by its owner only.
 *
 * Every commit is on the disk when it returns (WAL with synchronous=FULL): the recording journal needs that, and the
 * rest is written rarely. A damaged file is renamed to `<path>.damaged-<time>` and a fresh one begun: a station that
 * records without its past is better than one that does not start. Nothing is ever deleted.
 *
 * Throws DATABASE_TOO_NEW, or DATABASE_UNAVAILABLE (no right to write, no space, in use).
 */
export function openDatabase(path: string, options: DatabaseOptions): Database {
  try {
    return openSound(path, options);
  } catch (error) {
    if (!isDamage(error)) throw unavailable(path, error);
    setAside(path, error, options);
  }
  try {
    return openSound(path, options);
  } catch (error) {
    throw unavailable(path, error);
  }
}

function openSound(path: string, { log, migrations: steps = migrations }: DatabaseOptions): Database {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // SQLite gives its -wal and -shm files the mode of the database.
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
  try {
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA journal_size_limit = ${logSizeBytes};
    `);
    const found = database.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check'];
    if (found !== 'ok') throw new Damage(String(found));
    migrate(database, path, steps, log);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

class Damage extends Error {}

function isDamage(error: unknown): boolean {
  if (error instanceof Damage) return true;
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' && damageCodes.includes(code & 0xff);
}

function setAside(path: string, reason: unknown, { log, alarms }: DatabaseOptions): void {
  const time = new Date().toISOString().replaceAll(/[-:]/g, '').replace('.', '-');
  const aside = `${path}.damaged-${time}`;
  // The write-ahead log belongs to the file: sqlite3 finds it under the new name.
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  }
  const message =
    `the database ${path} is damaged (${toReelflowError(reason).message}); it was kept as ${aside} and a new one ` +
    'was begun: earlier recordings are still in their folders, but are no longer listed';
  log.error(message);
  alarms?.raise('database-damaged', { severity: 'error', code: 'DATABASE_DAMAGED', message });
}

function unavailable(path: string, error: unknown): ReelflowError {
  if (error instanceof ReelflowError) return error;
  const reason = toReelflowError(error).message;
  return new ReelflowError('DATABASE_UNAVAILABLE', `the database ${path} can not be opened: ${reason}`, {
    cause: error,
  });
}
