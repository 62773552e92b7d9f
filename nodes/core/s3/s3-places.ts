import { ReelflowError } from '../errors.ts';
import type { Dispose } from '../time/clock.ts';
import type { S3Place } from './s3-place.ts';

const scheme = 's3://';

/** Object stores that flows have declared, and that of the environment, which has the empty id. */
export class S3Places {
  readonly #places = new Map<string, S3Place>();

  constructor(environment?: S3Place) {
    if (environment) this.#places.set('', environment);
  }

  /**
   * The returned function takes it back. Throws STORE_INVALID when its bucket would be mistaken for that of another
   * store: addresses of objects name the bucket.
   */
  add(id: string, place: S3Place): Dispose {
    for (const [otherId, other] of this.#places) {
      if (otherId === id || other.bucket !== place.bucket || other.endpoint === place.endpoint) continue;
      throw new ReelflowError('STORE_INVALID', `bucket: another store has a bucket "${place.bucket}" already`, {
        field: 'bucket',
      });
    }
    this.#places.set(id, place);
    return () => {
      if (this.#places.get(id) === place) this.#places.delete(id);
    };
  }

  get(id: string): S3Place | undefined {
    return this.#places.get(id);
  }

  /** The store and the key of an address `s3://bucket/key`. Throws STORE_REFUSED when nobody has declared it. */
  at(address: string): { place: S3Place; key: string } {
    const [bucket = '', ...key] = address.slice(scheme.length).split('/');
    for (const place of this.#places.values()) if (place.bucket === bucket) return { place, key: key.join('/') };
    throw new ReelflowError('STORE_REFUSED', `no object store with the bucket "${bucket}" is set up (any more)`, {
      isRetryable: true,
    });
  }
}

export function isS3Address(path: string): boolean {
  return path.startsWith(scheme);
}

/** Address of what lies below a place's own prefix and a further one. */
export function s3Address({ bucket, prefix = '' }: Pick<S3Place, 'bucket' | 'prefix'>, further: string): string {
  return scheme + [bucket, prefix, further].filter(Boolean).join('/');
}
