import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import type { FileWork } from '../../core/delivery/delivery-files.ts';
import { ReelflowError } from '../../core/errors.ts';
import { blockBytes, hashUpTo } from './checksum.ts';
import { fileError } from './file-error.ts';

/** Written to the device this often: gigabytes flushed at once would hold up a recording on the same disk. */
const syncEveryBytes = 32 * 1024 * 1024;

/**
 * Copies a file to `partial`, block by block, and has it on the disk. Where an earlier attempt left a beginning, the
 * copy goes on from there; whether that beginning is right shows when the whole is read back.
 *
 * @returns SHA-256 of the source, in hex
 */
export async function copyFile(source: string, partial: string, work: FileWork): Promise<string> {
  const from = await open(source, constants.O_RDONLY).catch((error: unknown) => {
    throw fileError(error, 'SOURCE', source);
  });
  try {
    // No link is followed: the name is ours alone.
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
    const to = await open(partial, flags, 0o644);
    try {
      return await copyBlocks(from, to, source, work);
    } finally {
      await to.close();
    }
  } catch (error) {
    const meant = fileError(error, 'TARGET', partial);
    // Half a file on a full disk is in everybody's way, ours too.
    if (meant instanceof ReelflowError && meant.code === 'TARGET_FULL')
      await rm(partial, { force: true }).catch(() => {});
    throw meant;
  } finally {
    await from.close();
  }
}

async function copyBlocks(from: FileHandle, to: FileHandle, source: string, work: FileWork): Promise<string> {
  const hash = createHash('sha256');
  const [{ size: sourceBytes }, { size: thereBytes }] = await Promise.all([from.stat(), to.stat()]);
  const startBytes = thereBytes <= sourceBytes ? thereBytes : 0;
  if (startBytes !== thereBytes) await to.truncate(0);
  let position = await read(source, () => hashUpTo(from, hash, startBytes, { abort: work.abort }));
  work.onProgress?.(position);
  const buffer = Buffer.allocUnsafe(blockBytes);
  let unsynced = 0;
  for (;;) {
    work.abort.throwIfAborted();
    const { bytesRead } = await read(source, () => from.read(buffer, 0, blockBytes, position));
    if (bytesRead === 0) break;
    const block = buffer.subarray(0, bytesRead);
    hash.update(block);
    await writeAll(to, block, position);
    position += bytesRead;
    unsynced += bytesRead;
    if (unsynced >= syncEveryBytes) {
      await to.datasync();
      unsynced = 0;
    }
    work.onProgress?.(position);
  }
  await to.sync();
  return hash.digest('hex');
}

async function writeAll(file: FileHandle, block: Buffer, position: number): Promise<void> {
  let written = 0;
  while (written < block.length) {
    const { bytesWritten } = await file.write(block, written, block.length - written, position + written);
    written += bytesWritten;
  }
}

/** Errors of the source must not look like the target's. */
async function read<T>(source: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileError(error, 'SOURCE', source);
  }
}
