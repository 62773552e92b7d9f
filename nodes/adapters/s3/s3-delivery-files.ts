import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { FileWork } from '../../core/delivery/delivery-files.ts';
import type { S3Place } from '../../core/s3/s3-place.ts';
import type { S3Places } from '../../core/s3/s3-places.ts';
import { S3Bucket } from './s3-bucket.ts';

/** See DiskFiles: a sidecar of ours is below this. */
const longestTextBytes = 4 * 1024 * 1024;
const textTimeoutMs = 60_000;
const mimeTypes: Record<string, string> = {
  mp4: 'video/mp4',
  mkv: 'video/x-matroska',
  ts: 'video/mp2t',
  webm: 'video/webm',
  m4a: 'audio/mp4',
  mp3: 'audio/mpeg',
};

/** Files of deliveries in object stores, by their addresses `s3://bucket/key`. Nothing is there before it is there as a whole. */
export class S3DeliveryFiles {
  readonly #places: S3Places;
  readonly #buckets = new Map<string, S3Bucket>();

  constructor(places: S3Places) {
    this.#places = places;
  }

  async size(address: string): Promise<number | undefined> {
    const { bucket, key } = this.#at(address);
    return (await bucket.stat(key))?.sizeBytes;
  }

  async checksum(address: string, { abort, onProgress }: FileWork): Promise<string> {
    const { bucket, key } = this.#at(address);
    const hash = createHash('sha256');
    let done = 0;
    for await (const part of await bucket.read(key, { start: 0 }, abort)) {
      hash.update(part);
      done += part.length;
      onProgress?.(done);
    }
    return hash.digest('hex');
  }

  /** Takes an upload that was cut off up again. What the store has is compared with what was sent, see S3Bucket. */
  async copy(source: string, address: string, work: FileWork): Promise<string> {
    const { bucket, key } = this.#at(address);
    const { size: sizeBytes } = await stat(source);
    const extension = /\.(\w+)$/.exec(address)?.[1] ?? '';
    const mimeType = mimeTypes[extension] ?? 'application/octet-stream';
    return (await bucket.put(key, { path: source, sizeBytes, mimeType }, work)).sha256;
  }

  async readText(address: string): Promise<string | undefined> {
    const { bucket, key } = this.#at(address);
    const sizeBytes = (await bucket.stat(key))?.sizeBytes;
    if (sizeBytes === undefined || sizeBytes > longestTextBytes) return undefined;
    const parts: Uint8Array[] = [];
    for await (const part of await bucket.read(key, { start: 0 }, AbortSignal.timeout(textTimeoutMs))) {
      parts.push(part);
    }
    return Buffer.concat(parts).toString('utf8');
  }

  async writeText(address: string, text: string): Promise<void> {
    const { bucket, key } = this.#at(address);
    const bytes = (async function* () {
      yield Buffer.from(text);
    })();
    await bucket.put(key, { bytes, mimeType: 'application/json' }, { abort: AbortSignal.timeout(textTimeoutMs) });
  }

  /** Addresses have the prefix of their place in them already. */
  #at(address: string): { bucket: S3Bucket; key: string } {
    const { place, key } = this.#places.at(address);
    const { prefix: _inAddress, ...root } = place;
    const id = JSON.stringify(root);
    const bucket = this.#buckets.get(id) ?? new S3Bucket(root satisfies S3Place);
    this.#buckets.set(id, bucket);
    return { bucket, key };
  }
}
