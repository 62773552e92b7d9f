import { existsSync } from 'node:fs';
import type { Archive, ArchiveDoor } from '../../core/archive/archive.ts';
import { ReelflowError, toReelflowError } from '../../core/errors.ts';
import type { Dispose } from '../../core/time/clock.ts';
import { archiveFiles } from './archive-files.ts';
import type { ArchiveOptions, OpenArchive } from './open-archive.ts';

const firstPauseMs = 2000;
const longestPauseMs = 30_000;

/**
 * The archive, loaded when the first channel is made, or at the start where there were some: most stations have none,
 * and shall not pay for it in memory.
 */
export class LazyArchive implements ArchiveDoor {
  readonly #options: ArchiveOptions;
  #opening: Promise<OpenArchive> | undefined;
  #isClosed = false;
  #closedFor: string | undefined;
  #archive: Archive | undefined;
  readonly #waiting = new Set<(archive: Archive) => void>();

  constructor(options: ArchiveOptions) {
    this.#options = options;
  }

  get isUsed(): boolean {
    if (this.#options.shared) return true;
    return this.#opening !== undefined || existsSync(archiveFiles(this.#options.dataRoot).database);
  }

  async open(): Promise<Archive> {
    if (this.#isClosed) throw new ReelflowError('STATION_MISSING', 'the station is stopping', { isRetryable: true });
    this.#opening ??= this.#load();
    try {
      return (await this.#opening).archive;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  onOpen(listener: (archive: Archive) => void): Dispose {
    if (this.#archive) listener(this.#archive);
    else this.#waiting.add(listener);
    return () => this.#waiting.delete(listener);
  }

  /** Captures go on where an earlier run left them; a database that is away is waited for. */
  goOn(pauseMs = firstPauseMs): void {
    if (!this.isUsed || this.#isClosed) return;
    this.open().catch((error: unknown) => {
      const { message, isRetryable } = toReelflowError(error);
      const { log, alarms, loop } = this.#options;
      if (message !== this.#closedFor) log.error(`the archive can not be opened: ${message}`);
      this.#closedFor = message;
      alarms.raise('archive-closed', { severity: 'error', code: 'ARCHIVE_CLOSED', message });
      if (isRetryable) loop.after(pauseMs, () => this.goOn(Math.min(longestPauseMs, pauseMs * 2)));
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const open = await this.#opening?.catch(() => undefined);
    await open?.close();
  }

  async #load(): Promise<OpenArchive> {
    const { openArchive } = await import('./open-archive.ts');
    const open = await openArchive(this.#options);
    this.#options.alarms.clear('archive-closed');
    this.#archive = open.archive;
    for (const listener of this.#waiting) listener(open.archive);
    this.#waiting.clear();
    return open;
  }
}
