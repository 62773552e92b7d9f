/** What a store knows of an object. */
export interface StoredObject {
  key: string;
  sizeBytes: number;
  /** Epoch ms */
  modifiedAt: number;
  /** As the store gives it; equal ones are equal content within one store. */
  etag?: string;
}

/** What is to be stored. It is read once; on a failure the caller asks again with a new one. */
export interface ObjectContent {
  /** Parts of any length. */
  bytes: AsyncIterable<Uint8Array>;
  /** Absent: not known before its end. */
  sizeBytes?: number;
  /** Hex, of the whole. A store that can compare it does. */
  sha256?: string;
  /** A finished file with these bytes that the store may read or take (rename) instead. */
  path?: string;
  mimeType: string;
}

export interface StoreWork {
  abort: AbortSignal;
  onProgress?(bytesDone: number): void;
}

/** Bytes of an object, the end not in it; absent end: to its end. */
export interface ObjectRange {
  start: number;
  end?: number;
}

/**
 * Port: where chunks lie. Keys are `/`-separated paths. Nothing is ever visible half: an object is there as a whole, or
 * as it was before. Memory stays bounded whatever the size.
 *
 * Rejects with OBJECT_UNKNOWN, STORE_FULL, STORE_REFUSED (rights, keys, bucket), STORE_UNREACHABLE (retryable),
 * STORE_MISMATCH when what arrived is not what was sent, KEY_INVALID.
 */
export interface ChunkStore {
  put(key: string, content: ObjectContent, work: StoreWork): Promise<StoredObject>;
  /** Streams; what is not read on is let go. */
  read(key: string, range: ObjectRange, abort: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /** A short-lived address at which everybody can get the object, for stores that are set up so. It is not looked for. */
  link(key: string): Promise<string | undefined>;
  stat(key: string): Promise<StoredObject | undefined>;
  /** Everything whose key begins with `prefix`, in the order of keys. */
  list(prefix: string, abort: AbortSignal): AsyncIterable<StoredObject>;
  /** One that is not there is no error. */
  delete(key: string): Promise<void>;
  /** Frees what puts that died have left below a prefix, begun before the instant (epoch ms); answers with how many. */
  removeUnfinished(prefix: string, before: number, abort: AbortSignal): Promise<number>;
}
