import { chmodSync, closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { ReelflowError } from '../../core/errors.ts';
import type { Dispose } from '../../core/time/clock.ts';

/** SQLITE_BUSY, https://www.sqlite.org/rescode.html */
const busy = 5;

/**
 * Takes a data folder for this process alone: two runtimes on one folder would take each other's captures for strays
 * and end them. The lock is SQLite's own on an empty file: the operating system takes it back when the process is
 * gone, however it ended, so that nothing has to be cleaned up after a kill -9 or a power cut.
 *
 * Throws DATA_IN_USE.
 */
export function lockDataRoot(path: string, dataRoot: string): Dispose {
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
  const lock = new DatabaseSync(path, { timeout: 0 });
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode !== busy) throw error;
    throw new ReelflowError(
      'DATA_IN_USE',
      `REELFLOW_DATA=${JSON.stringify(dataRoot)} is in use by another Reelflow; stop that one, or use another folder`,
      { cause: error, field: 'REELFLOW_DATA' },
    );
  }
  return () => {
    if (lock.isOpen) lock.close();
  };
}
