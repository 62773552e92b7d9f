import type { Dispose } from '../time/clock.ts';
import type { ArchiveEvent } from './archive.ts';

/** What all who work on an archive must hear of. */
export type SharedEvent = Extract<ArchiveEvent, { kind: 'channel' | 'chunk' }>;

/** Port: what the processes that share an archive tell each other. A hint only: it may get lost. */
export interface ArchiveNews {
  tell(event: SharedEvent): void;
  /** Of the others. */
  onEvent(listener: (event: SharedEvent) => void): Dispose;
  /** News may have been missed. */
  onGap(listener: () => void): Dispose;
}
