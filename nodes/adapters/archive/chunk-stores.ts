import type { StoreSettings } from '../../core/archive/channel.ts';
import type { ChunkStore } from '../../core/archive/chunk-store.ts';
import { Slots } from '../../core/ingest/slots.ts';
import { FolderChunkStore } from './folder-chunk-store.ts';
import type { S3ChunkStore } from './s3-chunk-store.ts';

/** The stores behind channels' ids: the folder, and object stores, whose client is loaded with the first of them. */
export class ChunkStores {
  readonly #folder: FolderChunkStore;
  readonly #uploads = new Slots();
  /** By their settings: with other keys it is another client. */
  readonly #opened = new Map<string, Promise<S3ChunkStore>>();

  constructor(folder: string) {
    this.#folder = new FolderChunkStore(folder);
  }

  /** @param settings absent: the folder */
  async open(settings: StoreSettings | undefined): Promise<ChunkStore> {
    if (!settings) return this.#folder;
    const key = JSON.stringify(settings);
    const opened = this.#opened.get(key) ?? this.#open(settings);
    this.#opened.set(key, opened);
    return await opened;
  }

  close(): void {
    for (const opened of this.#opened.values()) void opened.then((store) => store.close());
  }

  async #open(settings: StoreSettings): Promise<S3ChunkStore> {
    const { S3ChunkStore } = await import('./s3-chunk-store.ts');
    return new S3ChunkStore(settings, this.#uploads);
  }
}
