import { ReelflowError } from '../errors.ts';
import { checkS3Place } from '../s3/s3-place.ts';
import type { StoreChoice } from './archive.ts';
import { type ChannelStore, environmentStoreId, folderStoreId, type StoreSettings } from './channel.ts';
import type { ChunkStore } from './chunk-store.ts';

export interface StoreSurroundings {
  channels: Pick<ChannelStore, 'getStore' | 'putStore'>;
  /** Of the REELFLOW_S3_* variables. */
  environmentStore?: StoreSettings;
  /** @param settings absent: the folder */
  openStore: (settings: StoreSettings | undefined) => Promise<ChunkStore>;
}

/** The stores that channels and chunks refer to by id. */
export class ChannelStores {
  readonly #around: StoreSurroundings;

  constructor(around: StoreSurroundings) {
    this.#around = around;
  }

  async settings(id: string): Promise<StoreSettings | undefined> {
    if (id === environmentStoreId) return this.#around.environmentStore;
    return await this.#around.channels.getStore(id);
  }

  /** Rejects with STORE_REFUSED when nobody knows the store (any more). */
  async open(id: string): Promise<ChunkStore> {
    if (id === folderStoreId) return await this.#around.openStore(undefined);
    const settings = await this.settings(id);
    if (settings) return await this.#around.openStore(settings);
    const reason = id === environmentStoreId ? 'REELFLOW_S3_ENDPOINT is not set any more' : `there is no store "${id}"`;
    throw new ReelflowError('STORE_REFUSED', reason, { isRetryable: true });
  }

  /** The id that a channel gets; throws STORE_INVALID naming the field. */
  idOf(choice: StoreChoice | undefined, before: string | undefined): string {
    const { environmentStore } = this.#around;
    if (choice === undefined) return before ?? (environmentStore ? environmentStoreId : folderStoreId);
    if (choice === null) return folderStoreId;
    if (choice !== environmentStoreId) {
      checkS3Place(choice);
      return choice.id;
    }
    if (environmentStore) return environmentStoreId;
    throw new ReelflowError('STORE_INVALID', 'store: the station has none, REELFLOW_S3_ENDPOINT is not set', {
      field: 'store',
    });
  }

  /** Keeps the settings of a store that a channel brings. */
  async keep(choice: StoreChoice | undefined): Promise<void> {
    if (choice && choice !== environmentStoreId) await this.#around.channels.putStore(choice);
  }
}
