import { lstat, open, rm } from 'node:fs/promises';
import type { DeliveryFiles, FileWork, TargetCheck } from '../../core/delivery/delivery-files.ts';
import { checksum } from './checksum.ts';
import { commitFile, writeInOneStep } from './commit-file.ts';
import { placeInside } from './confine.ts';
import { copyFile } from './copy-file.ts';
import { fileError } from './file-error.ts';
import { openTargetFolder } from './open-target.ts';

/** A sidecar of ours is some kilobytes; a recording of a whole day with a thousand gaps is below this. */
const longestTextBytes = 4 * 1024 * 1024;

/** Files of the operating system: a disk, a stick, a mounted share. */
export class DiskFiles implements DeliveryFiles {
  openTarget(folder: string, check: TargetCheck): Promise<{ freeBytes: number }> {
    return atTarget(folder, () => openTargetFolder(folder, check));
  }

  place(folder: string, name: string): Promise<string> {
    return atTarget(folder, () => placeInside(folder, name));
  }

  async size(path: string): Promise<number | undefined> {
    try {
      const found = await lstat(path);
      return found.isFile() ? found.size : -1;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      throw fileError(error, 'TARGET', path);
    }
  }

  checksum(path: string, work: FileWork): Promise<string> {
    return checksum(path, work);
  }

  copy(source: string, target: string, work: FileWork): Promise<string> {
    return copyFile(source, partialOf(target), work);
  }

  commit(target: string): Promise<void> {
    return atTarget(target, () => commitFile(partialOf(target), target));
  }

  removePartial(target: string): Promise<void> {
    return atTarget(target, () => rm(partialOf(target), { force: true }));
  }

  readText(path: string): Promise<string | undefined> {
    return atTarget(path, () => readSmall(path));
  }

  writeText(path: string, text: string): Promise<void> {
    return atTarget(path, () => writeInOneStep(path, text));
  }

  async removeSource(path: string): Promise<void> {
    try {
      await rm(path, { force: true });
    } catch (error) {
      throw fileError(error, 'SOURCE', path);
    }
  }
}

async function readSmall(path: string): Promise<string | undefined> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!found?.isFile() || found.size > longestTextBytes) return undefined;
  const file = await open(path, 'r');
  try {
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

function partialOf(target: string): string {
  return `${target}.partial`;
}

async function atTarget<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileError(error, 'TARGET', path);
  }
}
