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

  remove(recordingId: string, ingestId: string): void {
    this.#store.set(keyOf(recordingId, ingestId), undefined);
  }
}

function keyOf(recordingId: string, ingestId: string): string {
  return `ingest ${recordingId} ${ingestId}`;
}
