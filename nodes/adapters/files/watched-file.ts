import { constants, type FSWatcher, watch } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import path from 'node:path';
import { ReelflowError } from '../../core/errors.ts';
import type { Dispose } from '../../core/time/clock.ts';

export interface WatchedFileOptions {
  /** Of error codes: `CALENDAR` makes CALENDAR_FILE. */
  code: string;
  /** In messages: `the calendar`. */
  what: string;
  maxBytes: number;
  /** How often the file is looked at besides being watched; default 5 s. */
  pollMs?: number;
}

export interface FileReading {
  bytes: Buffer;
  version: string;
  /** False: written a moment ago, so that it may be written again within the same tick of the file system's clock. */
  isSettled: boolean;
}

/** Editors and copying tools write in several steps: wait for them to be done. */
const settleMs = 200;

/** A file that people write by hand or programs replace, local or on a mounted share. */
export class WatchedFile {
  readonly path: string;
  readonly #options: WatchedFileOptions;

  constructor(filePath: string, options: WatchedFileOptions) {
    this.path = path.resolve(filePath);
    this.#options = options;
  }

  /**
   * Undefined when it still has the version that is known.
   *
   * @throws <code>_FILE, <code>_FILE_CHANGING, <code>_TOO_LARGE
   */
  async read(known: string | undefined, abort: AbortSignal): Promise<FileReading | undefined> {
    const { code, what, maxBytes } = this.#options;
    let file: FileHandle;
    try {
      // Not to wait for a writer, should somebody name a pipe.
      file = await open(this.path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (error) {
      throw this.#unreadable(error);
    }
    try {
      const before = await file.stat({ bigint: true });
      if (!before.isFile()) throw new ReelflowError(`${code}_FILE`, `${this.path} is not a file`, { field: 'path' });
      if (before.size > maxBytes) {
        throw new ReelflowError(`${code}_TOO_LARGE`, `${what} is larger than ${maxBytes} bytes`);
      }
      const version = versionOf(before);
      if (known === version) return undefined;
      const bytes = await file.readFile({ signal: abort });
      if (versionOf(await file.stat({ bigint: true })) !== version) {
        throw new ReelflowError(`${code}_FILE_CHANGING`, `${this.path} is being written`, { isRetryable: true });
      }
      return { bytes, version, isSettled: BigInt(Date.now()) - before.mtimeMs > 2000n };
    } catch (error) {
      throw error instanceof ReelflowError ? error : this.#unreadable(error);
    } finally {
      await file.close();
    }
  }

  /**
   * Watches the folder, not the file: a file that is replaced by renaming is another one. Looks at it now and then as
   * well, because network shares do not tell of changes and the folder may come later.
   */
  watch(onChange: () => void): Dispose {
    const name = path.basename(this.path);
    let settle: NodeJS.Timeout | undefined;
    let watcher: FSWatcher | undefined;
    let lastSeen: string | undefined;
    let isClosed = false;

    const changed = () => {
      clearTimeout(settle);
      settle = setTimeout(onChange, settleMs);
    };
    const begin = () => {
      try {
        watcher = watch(path.dirname(this.path), { persistent: false }, (_event, file) => {
          if (file === null || file === name) changed();
        });
        watcher.on('error', () => end());
      } catch {
        // No such folder yet, or no more watches to be had: looking at it has to do.
        watcher = undefined;
      }
    };
    const end = () => {
      watcher?.close();
      watcher = undefined;
    };
    const look = async () => {
      if (!watcher) begin();
      const seen = await stat(this.path, { bigint: true }).then(versionOf, () => 'missing');
      if (!isClosed && lastSeen !== undefined && seen !== lastSeen) changed();
      lastSeen = seen;
    };
    void look();
    const poll = setInterval(() => void look(), this.#options.pollMs ?? 5000);
    poll.unref();
    return () => {
      isClosed = true;
      clearInterval(poll);
      clearTimeout(settle);
      end();
    };
  }

  #unreadable(error: unknown): ReelflowError {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : '';
    const why =
      reason === 'ENOENT' ? 'does not exist' : reason === 'EACCES' ? 'may not be read' : `can not be read: ${reason}`;
    return new ReelflowError(`${this.#options.code}_FILE`, `${this.path} ${why}`, {
      cause: error,
      isRetryable: true,
      field: 'path',
    });
  }
}

function versionOf({ mtimeNs, size, ino }: { mtimeNs: bigint; size: bigint; ino: bigint }): string {
  return `${mtimeNs}-${size}-${ino}`;
}
