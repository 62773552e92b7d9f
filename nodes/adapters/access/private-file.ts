import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Undefined when there is none. */
export function readPrivateFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Replaces a file that only its owner may read (0600): all of the new text or all of the old, also over a power cut.
 *
 * Synchronous, because the first write happens while settings.ts is loaded by require(), and because these files are a
 * few kilobytes written once in a while.
 */
export function writePrivateFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const fresh = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const file = openSync(fresh, 'wx', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  renameSync(fresh, path);
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** A random secret that is made once and then stays: 32 bytes, kept as hex. */
export function keptSecret(path: string): string {
  const kept = readPrivateFile(path)?.trim();
  if (kept && /^[0-9a-f]{64}$/.test(kept)) return kept;
  if (kept) throw new Error(`${path} does not hold a secret of Reelflow (64 hexadecimal digits)`);
  const secret = randomBytes(32).toString('hex');
  writePrivateFile(path, `${secret}\n`);
  return secret;
}
