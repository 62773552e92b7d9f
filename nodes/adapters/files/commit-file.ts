import { link, lstat, open, rename, rm, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ReelflowError } from '../../core/errors.ts';

/** File systems without hard links (FAT, many FUSE and SMB mounts) say one of these. */
const withoutLinks = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL', 'EACCES'];

/**
 * Gives a finished file its name in one step, never over another. A hard link is the only call of POSIX that refuses to
 * replace; where there are none, the name is looked at just before the rename. Rejects with TARGET_EXISTS.
 */
export async function commitFile(partial: string, target: string): Promise<void> {
  try {
    await link(partial, target);
    await unlink(partial);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw exists(target);
    if (!code || !withoutLinks.includes(code)) throw error;
    if (await isThere(target)) throw exists(target);
    await rename(partial, target);
  }
  await syncFolder(target);
}

/** Writes a small file in one step, over what has that name. */
export async function writeInOneStep(path: string, text: string): Promise<void> {
  const partial = `${path}.partial`;
  await rm(partial, { force: true });
  const file = await open(partial, 'wx', 0o644);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(partial, path);
  await syncFolder(path);
}

/** The new name itself must outlive a power cut. Some network file systems refuse it for folders: they write through. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EINVAL' && code !== 'ENOTSUP' && code !== 'EBADF') throw error;
  } finally {
    await folder.close();
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function exists(path: string): ReelflowError {
  return new ReelflowError('TARGET_EXISTS', `${path} is there already and is not replaced`, { isRetryable: true });
}
