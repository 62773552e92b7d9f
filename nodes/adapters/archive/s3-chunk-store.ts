import type {
  ChunkStore,
  ObjectContent,
  ObjectRange,
  StoredObject,
  StoreWork,
} from '../../core/archive/chunk-store.ts';
import type { Slots } from '../../core/ingest/slots.ts';
import type { S3Place } from '../../core/s3/s3-place.ts';
import { S3Bucket } from '../s3/s3-bucket.ts';
import { checkKey } from './chunk-key-check.ts';

/** After an outage many chunks wait for their store: together they take the memory of so many. */
const uploadsAtOnce = 3;

/** Chunks in an object store, with the same keys as in the folder. */
export class S3ChunkStore implements ChunkStore {
  readonly #bucket: S3Bucket;
  readonly #uploads: Slots;

  constructor(place: S3Place, uploads: Slots) {
    this.#bucket = new S3Bucket(place);
    this.#uploads = uploads;
  }

  async put(key: string, content: ObjectContent, work: StoreWork): Promise<StoredObject> {
    checkKey(key);
    const leave = await this.#uploads.take('', () => uploadsAtOnce, work.abort);
    try {
      const { bytes, path, ...what } = content;
      return await this.#bucket.put(key, path === undefined ? { ...what, bytes } : { ...what, path }, work);
    } finally {
      leave();
    }
  }

  async read(key: string, range: ObjectRange, abort: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    return await this.#bucket.read(checkKey(key), range, abort);
  }

  async link(key: string): Promise<string | undefined> {
    return await this.#bucket.link(checkKey(key));
  }

  async stat(key: string): Promise<StoredObject | undefined> {
    return await this.#bucket.stat(checkKey(key));
  }

  list(prefix: string, abort: AbortSignal): AsyncIterable<StoredObject> {
    return this.#bucket.list(prefix, abort);
  }

  async delete(key: string): Promise<void> {
    await this.#bucket.delete(checkKey(key));
  }

  async removeUnfinished(prefix: string, before: number, abort: AbortSignal): Promise<number> {
    return await this.#bucket.removeUnfinished(prefix, before, abort);
  }

  close(): void {
    this.#bucket.close();
  }
}
