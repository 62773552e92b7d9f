import type { Disk } from '../disk/disk.ts';
import { toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../time/clock.ts';
import type { Recording } from './recording.ts';
import type { RecordingBook } from './recording-book.ts';
import type { RecordingFolders } from './recording-folders.ts';
import type { RecorderSettings, RetentionPolicy } from './recordings.ts';
import { chooseExpired } from './retention.ts';

/** Applies each recorder's retention to its own delivered recordings. */
export class RetentionKeeper {
  readonly #around: { book: RecordingBook; folders: RecordingFolders; disk: Disk; clock: Clock; log: Log };

  constructor(around: { book: RecordingBook; folders: RecordingFolders; disk: Disk; clock: Clock; log: Log }) {
    this.#around = around;
  }

  async apply(recorders: readonly RecorderSettings[]): Promise<void> {
    const { book } = this.#around;
    const delivered = book.list({ states: ['delivered'] });
    for (const { recorderId, retention } of recorders) {
      const own = delivered.filter((recording) => recording.recorderId === recorderId);
      for (const recording of await this.#expired(own, retention)) {
        // Somebody may have it delivered anew since it was chosen.
        if (book.get(recording.id)?.state === 'delivered') await this.#remove(recording);
      }
    }
  }

  async #expired(own: readonly Recording[], retention: RetentionPolicy): Promise<Recording[]> {
    if (own.length === 0) return [];
    const { folders, disk, clock, log } = this.#around;
    const { freeBytes } = await disk.usage();
    const sizes = new Map<string, number>();
    const sizeOf = ({ id }: Recording): number => sizes.get(id) ?? 0;
    const situation = { now: clock.now(), freeBytes, sizeOf };
    // Walking through all folders each minute is for the one case that needs their sizes.
    if (freeBytes >= retention.minFreeBytes) return chooseExpired(own, retention, situation);
    for (const recording of own) {
      try {
        sizes.set(recording.id, await folders.size(recording));
      } catch (error) {
        log.warn(`size of ${recording.id}: ${toReelflowError(error).message}`);
      }
    }
    const measured = own.filter(({ id }) => sizes.has(id));
    return chooseExpired(measured, retention, situation);
  }

  async #remove(recording: Recording): Promise<void> {
    const { book, folders, log } = this.#around;
    try {
      log.info(`retention: "${recording.title}" (${recording.id}) was delivered and is removed`);
      await folders.removeRecording(recording);
      book.remove(recording);
    } catch (error) {
      log.error(`retention: ${recording.id} can not be removed: ${toReelflowError(error).message}`);
    }
  }
}
