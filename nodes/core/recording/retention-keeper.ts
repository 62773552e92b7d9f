import type { Disk } from '../disk/disk.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../time/clock.ts';
import type { RecordingBook } from './recording-book.ts';
import type { RecordingFolders } from './recording-folders.ts';
import type { RecorderSettings } from './recordings.ts';
import { chooseExpired } from './retention.ts';

/** Applies each recorder's retention to its own delivered recordings. */
export class RetentionKeeper {
  readonly #around: { book: RecordingBook; folders: RecordingFolders; disk: Disk; clock: Clock; log: Log };

  constructor(around: { book: RecordingBook; folders: RecordingFolders; disk: Disk; clock: Clock; log: Log }) {
    this.#around = around;
  }

  async apply(recorders: readonly RecorderSettings[]): Promise<void> {
    const { book, folders, disk, clock, log } = this.#around;
    const delivered = book.list({ states: ['delivered'] });
    for (const { recorderId, retention } of recorders) {
      const own = delivered.filter((recording) => recording.recorderId === recorderId);
      if (own.length === 0) continue;
      const sizes = new Map<string, number>();
      for (const recording of own) sizes.set(recording.id, await folders.size(recording));
      const { freeBytes } = await disk.usage();
      const sizeOf = (recording: { id: string }): number => sizes.get(recording.id) ?? 0;
      for (const recording of chooseExpired(own, retention, { now: clock.now(), freeBytes, sizeOf })) {
        log.info(`retention: "${recording.title}" (${recording.id}) was delivered and is removed`);
        await folders.removeRecording(recording);
        book.remove(recording);
      }
    }
  }
}
