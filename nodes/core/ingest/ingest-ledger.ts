import type { KeyValueStore } from '../state/key-value-store.ts';
import { newPackage, type PackageState } from './package-state.ts';

/** The states of all uploads, on the disk when `save` returns. */
export class IngestLedger {
  readonly #store: KeyValueStore;

  constructor(store: KeyValueStore) {
    this.#store = store;
  }

  /** A new one when nothing is known. */
  load(recordingId: string, ingestId: string): PackageState {
    return this.#store.get<PackageState>(keyOf(recordingId, ingestId)) ?? newPackage();
  }

  save(recordingId: string, ingestId: string, state: PackageState): void {
    this.#store.set(keyOf(recordingId, ingestId), state);
  }

  /**
   * Whether a recording may go to the core as the event itself: only one may, the core refuses or repeats the processing
   * of the others (an event that went on after its end, or was moved away while it ran, has several). Who asked first
   * has it until its upload is given up.
   */
  claimEvent(eventUid: string, recordingId: string, ingestId: string): boolean {
    const key = `ingest-event ${ingestId} ${eventUid}`;
    const owner = this.#store.get<string>(key);
    if (owner === recordingId) return true;
    if (owner !== undefined && this.#store.get(keyOf(owner, ingestId)) !== undefined) return false;
    this.#store.set(key, recordingId);
    return true;
  }

  remove(recordingId: string, ingestId: string): void {
    this.#store.set(keyOf(recordingId, ingestId), undefined);
  }
}

function keyOf(recordingId: string, ingestId: string): string {
  return `ingest ${recordingId} ${ingestId}`;
}
