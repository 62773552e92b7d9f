import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { markerName, type TargetCheck } from '../../core/delivery/delivery-files.ts';
import { ReelflowError } from '../../core/errors.ts';
import { makeFolders } from './make-folders.ts';

/** See TargetCheck. Answers with what an unprivileged writer may still write there. */
export async function openTargetFolder(folder: string, check: TargetCheck): Promise<{ freeBytes: number }> {
  if (check === 'create') await makeFolders(folder);
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw refusal('TARGET_MISSING', `the folder ${folder} is not there`);
  });
  if (!found.isDirectory()) throw refusal('TARGET_MISSING', `${folder} is not a folder`);
  if (check === 'mounted' && found.dev === (await stat('/')).dev) {
    throw refusal('TARGET_NOT_MOUNTED', `nothing is mounted at ${folder}: it lies on the system's own disk`);
  }
  if (check === 'marker' && !(await isThere(join(folder, markerName)))) {
    const reason = `${folder} does not hold the file ${markerName}: nothing is mounted there, or something else`;
    throw refusal('TARGET_NOT_MOUNTED', reason);
  }
  await access(folder, constants.W_OK | constants.X_OK);
  const { bavail, bsize } = await statfs(folder);
  return { freeBytes: bavail * bsize };
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function refusal(code: string, message: string): ReelflowError {
  return new ReelflowError(code, message, { isRetryable: true });
}
