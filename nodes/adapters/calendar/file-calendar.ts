import { constants, type FSWatcher, watch } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import path from 'node:path';
import { ReelflowError } from '../../core/errors.ts';
import type { CalendarReading, CalendarSource, CalendarValidators } from '../../core/schedule/calendar-source.ts';
import { decodeCalendar, maxCalendarBytes } from '../../core/schedule/calendar-text.ts';
import type { Dispose } from '../../core/time/clock.ts';

export interface FileCalendarOptions {
  maxBytes?: number;
  /** How often the file is looked at besides being watched; default 5 s. */
  pollMs?: number;
}

/** Editors and copying tools write in several steps: wait for them to be done. */
const settleMs = 200;

/** An iCalendar in a file, local or on a mounted share. */
export class FileCalendar implements CalendarSource {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #pollMs: number;

  constructor(filePath: string, options: FileCalendarOptions = {}) {
    this.#path = path.resolve(filePath);
    this.#maxBytes = options.maxBytes ?? maxCalendarBytes;
    this.#pollMs = options.pollMs ?? 5000;
  }

  /** @throws CALENDAR_FILE, CALENDAR_FILE_CHANGING, CALENDAR_TOO_LARGE */
  async read(known: CalendarValidators | undefined, abort: AbortSignal): Promise<CalendarReading> {
    let file: FileHandle;
    try {
      // Not to wait for a writer, should somebody name a pipe.
      file = await open(this.#path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (error) {
      throw this.#unreadable(error);
    }
    try {
      const before = await file.stat({ bigint: true });
      if (!before.isFile()) throw new ReelflowError('CALENDAR_FILE', `${this.#path} is not a file`, { field: 'path' });
      if (before.size > this.#maxBytes) {
        throw new ReelflowError('CALENDAR_TOO_LARGE', `the calendar is larger than ${this.#maxBytes} bytes`);
      }
      const version = versionOf(before);
      if (known?.etag === version) return { kind: 'unchanged' };
      const bytes = await file.readFile({ signal: abort });
      if (versionOf(await file.stat({ bigint: true })) !== version) {
        throw new ReelflowError('CALENDAR_FILE_CHANGING', `${this.#path} is being written`, { isRetryable: true });
      }
      // Written a moment ago: it may be written again within the same tick of the file system's clock.
      const isSettled = BigInt(Date.now()) - before.mtimeMs > 2000n;
      return { kind: 'text', text: decodeCalendar(bytes), ...(isSettled && { validators: { etag: version } }) };
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
    const name = path.basename(this.#path);
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
        watcher = watch(path.dirname(this.#path), { persistent: false }, (_event, file) => {
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
      const seen = await stat(this.#path, { bigint: true }).then(versionOf, () => 'missing');
      if (!isClosed && lastSeen !== undefined && seen !== lastSeen) changed();
      lastSeen = seen;
    };
    void look();
    const poll = setInterval(() => void look(), this.#pollMs);
    poll.unref();
    return () => {
      isClosed = true;
      clearInterval(poll);
      clearTimeout(settle);
      end();
    };
  }

  #unreadable(error: unknown): ReelflowError {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const why =
      code === 'ENOENT' ? 'does not exist' : code === 'EACCES' ? 'may not be read' : `can not be read: ${code}`;
    return new ReelflowError('CALENDAR_FILE', `${this.#path} ${why}`, {
      cause: error,
      isRetryable: true,
      field: 'path',
    });
  }
}

function versionOf({ mtimeNs, size, ino }: { mtimeNs: bigint; size: bigint; ino: bigint }): string {
  return `${mtimeNs}-${size}-${ino}`;
}
