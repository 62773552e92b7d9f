import { createHmac } from 'node:crypto';
import type { ChunkObject, Segment } from '../archive/chunk.ts';

/** AES-128 of RFC 8216: both are one block. */
const blockBytes = 16;

/** A key is good for the chunks that begin within so long. */
const periodMs = 3600_000;

/** The period whose key a chunk has: all that is in it has the same one. Epoch ms of its begin. */
export function keyPeriodOf({ chunkStartMs }: Pick<Segment, 'chunkStartMs'>): number {
  return Math.floor(chunkStartMs / periodMs) * periodMs;
}

/** The time in which the chunks of a period begin. */
export function spanOfKeyPeriod(startMs: number): { startMs: number; endMs: number } {
  return { startMs, endMs: startMs + periodMs };
}

/**
 * Keys of HLS (RFC 8216 section 4.3.2.4): one for each channel and hour. None is stored: they follow from the station's
 * secret (HMAC with SHA-256), and so are the same whenever they are asked for.
 */
export class HlsKeys {
  readonly #readSecret: () => string;
  #secret: string | undefined;

  /** @param secret made when it is first asked for, and kept */
  constructor(secret: () => string) {
    this.#readSecret = secret;
  }

  /** @param period see keyPeriodOf */
  key(channel: string, period: number): Buffer {
    return this.#derive(`key.v1.${channel}.${period}`).subarray(0, blockBytes);
  }

  /**
   * What begins the initialization vectors of an object; the end is the place in it, so that no two pieces share one, and
   * one piece always has the same one.
   */
  ivs({ key, sha256 }: Pick<ChunkObject, 'key' | 'sha256'>): (offset: number) => Buffer {
    const first = this.#derive(`iv.v1.${key}.${sha256}`).subarray(0, blockBytes / 2);
    return (offset) => {
      const iv = Buffer.alloc(blockBytes);
      first.copy(iv);
      iv.writeBigUInt64BE(BigInt(offset), blockBytes / 2);
      return iv;
    };
  }

  #derive(what: string): Buffer {
    this.#secret ??= this.#readSecret();
    return createHmac('sha256', this.#secret).update(`hls.${what}`).digest();
  }
}
