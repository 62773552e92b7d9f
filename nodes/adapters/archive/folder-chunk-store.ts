import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, link, lstat, mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type {
  ChunkStore,
  ObjectContent,
  ObjectRange,
  StoredObject,
  StoreWork,
} from '../../core/archive/chunk-store.ts';
import { ReelflowError } from '../../core/errors.ts';
import { placeInside } from '../files/confine.ts';
import { checkKey } from './chunk-key-check.ts';
import { fileBytes } from './file-bytes.ts';

const partialSuffix = '.partial';

/**
 * A folder as store: keys are paths below it. An object is written beside its name and renamed into it; what a kill -9
 * leaves behind (`.partial`) is in nobody's list and overwritten by the next attempt.
 */
export class FolderChunkStore implements ChunkStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async put(key: string, content: ObjectContent, work: StoreWork): Promise<StoredObject> {
    return await guard(key, async () => {
      await mkdir(this.#folder, { recursive: true, mode: 0o750 });
      const target = await placeInside(this.#folder, checkKey(key));
      const partial = target + partialSuffix;
      await rm(partial, { force: true });
      try {
        if (!content.path || !(await takes(content.path, partial))) await write(partial, content, work);
        const { size } = await lstat(partial);
        if (content.sizeBytes !== undefined && size !== content.sizeBytes) {
          throw mismatch(key, `${size} of ${content.sizeBytes} bytes arrived`);
        }
        await rename(partial, target);
      } catch (error) {
        await rm(partial, { force: true });
        throw error;
      }
      await syncFolder(dirname(target));
      return stored(key, await lstat(target));
    });
  }

  async read(key: string, { start, end }: ObjectRange, abort: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const file = await guard(key, () => this.#openForReading(key));
    return fileBytes(file, { start, end: end ?? Number.POSITIVE_INFINITY }, abort);
  }

  async link(): Promise<undefined> {
    return undefined;
  }

  async stat(key: string): Promise<StoredObject | undefined> {
    return await guard(key, async () => {
      try {
        const found = await lstat(this.#pathOf(key));
        return found.isFile() ? stored(key, found) : undefined;
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    });
  }

  async *list(prefix: string, abort: AbortSignal): AsyncGenerator<StoredObject> {
    for await (const key of this.#walk(folderOf(prefix), prefix, abort)) {
      if (key.endsWith(partialSuffix)) continue;
      const found = await this.stat(key);
      if (found) yield found;
    }
  }

  async delete(key: string): Promise<void> {
    await guard(key, async () => {
      const path = this.#pathOf(key);
      await rm(path, { force: true });
      // The day goes with its last chunk, the channel with its last day.
      for (let folder = dirname(path); folder.length > this.#folder.length; folder = dirname(folder)) {
        if (
          !(await rmdir(folder).then(
            () => true,
            () => false,
          ))
        ) {
          break;
        }
      }
    });
  }

  async removeUnfinished(prefix: string, before: number, abort: AbortSignal): Promise<number> {
    let count = 0;
    for await (const key of this.#walk(folderOf(prefix), prefix, abort)) {
      if (!key.endsWith(partialSuffix)) continue;
      const path = join(this.#folder, key);
      const { mtimeMs } = await guard(key, () => lstat(path));
      if (mtimeMs >= before) continue;
      await guard(key, () => rm(path, { force: true }));
      count += 1;
    }
    return count;
  }

  async *#walk(folder: string, prefix: string, abort: AbortSignal): AsyncGenerator<string> {
    const entries = await guard(folder, async () => {
      try {
        return await readdir(join(this.#folder, folder), { withFileTypes: true });
      } catch (error) {
        if (isMissing(error)) return [];
        throw error;
      }
    });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      abort.throwIfAborted();
      const key = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (key.startsWith(prefix) || prefix.startsWith(`${key}/`)) yield* this.#walk(key, prefix, abort);
      } else if (entry.isFile() && key.startsWith(prefix)) yield key;
    }
  }

  #pathOf(key: string): string {
    return join(this.#folder, checkKey(key));
  }

  async #openForReading(key: string): Promise<FileHandle> {
    try {
      return await open(this.#pathOf(key), constants.O_RDONLY | constants.O_NOFOLLOW);
    } catch (error) {
      if (!isMissing(error)) throw error;
      throw new ReelflowError('OBJECT_UNKNOWN', `${key} is not in the store`, { cause: error });
    }
  }
}

function folderOf(prefix: string): string {
  const at = prefix.lastIndexOf('/');
  return at < 0 ? '' : prefix.slice(0, at);
}

/** A second name for a file of our own disk costs nothing; on another disk it has to be copied. */
async function takes(path: string, partial: string): Promise<boolean> {
  try {
    await link(path, partial);
    return true;
  } catch {
    return false;
  }
}

async function write(partial: string, content: ObjectContent, work: StoreWork): Promise<void> {
  const file = await open(partial, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o640);
  try {
    const hash = createHash('sha256');
    let done = 0;
    for await (const piece of content.bytes) {
      work.abort.throwIfAborted();
      hash.update(piece);
      for (let at = 0; at < piece.length; ) at += (await file.write(piece, at)).bytesWritten;
      done += piece.length;
      work.onProgress?.(done);
    }
    if (content.sha256 !== undefined && hash.digest('hex') !== content.sha256) {
      throw mismatch(partial, 'its checksum is another than that of what was sent');
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  // Some network file systems refuse it for folders: they write through.
  await handle.sync().catch(() => {});
  await handle.close();
}

function stored(key: string, { size, mtimeMs }: Stats): StoredObject {
  return {
    key,
    sizeBytes: size,
    modifiedAt: Math.round(mtimeMs),
    etag: `"${size.toString(36)}-${mtimeMs.toString(36)}"`,
  };
}

function mismatch(key: string, reason: string): ReelflowError {
  return new ReelflowError('STORE_MISMATCH', `${key}: ${reason}`, { isRetryable: true });
}

function isMissing(error: unknown): boolean {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

const meanings: Record<string, [code: string, reason: string]> = {
  ENOSPC: ['STORE_FULL', 'no space is left'],
  EDQUOT: ['STORE_FULL', 'no space is left'],
  EACCES: ['STORE_REFUSED', 'may not be written'],
  EPERM: ['STORE_REFUSED', 'may not be written'],
  EROFS: ['STORE_REFUSED', 'may not be written'],
};

async function guard<T>(key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException | null)?.code;
    if (error instanceof ReelflowError || typeof errno !== 'string' || !/^E[A-Z]+$/.test(errno)) throw error;
    const [code, reason] = meanings[errno] ?? ['STORE_UNREACHABLE', 'the storage does not answer'];
    throw new ReelflowError(code, `${key}: ${reason} (${errno})`, { cause: error, isRetryable: true });
  }
}
