import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { FileWork } from '../../core/delivery/delivery-files.ts';
import { fileError } from './file-error.ts';

/** Large enough for a share's round trips, small enough that hashing one does not hold up the event loop for long. */
export const blockBytes = 512 * 1024;

/** SHA-256 of a whole file, in hex. */
export async function checksum(path: string, work: FileWork): Promise<string> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const hash = createHash('sha256');
      await hashUpTo(file, hash, Number.POSITIVE_INFINITY, work);
      return hash.digest('hex');
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fileError(error, 'TARGET', path);
  }
}

/** Feeds the first `endBytes` of a file into a hash; answers with how many there were. */
export async function hashUpTo(file: FileHandle, hash: Hash, endBytes: number, work: FileWork): Promise<number> {
  const buffer = Buffer.allocUnsafe(blockBytes);
  let position = 0;
  while (position < endBytes) {
    work.abort.throwIfAborted();
    const { bytesRead } = await file.read(buffer, 0, Math.min(blockBytes, endBytes - position), position);
    if (bytesRead === 0) break;
    hash.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
    work.onProgress?.(position);
  }
  return position;
}
