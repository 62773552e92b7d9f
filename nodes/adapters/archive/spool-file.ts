import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { Init, Segment } from '../../core/archive/chunk.ts';
import { probeFor } from '../../core/archive/kind-probe.ts';
import type { Track } from '../../core/archive/track.ts';
import { ReelflowError } from '../../core/errors.ts';
import { spoolError } from './spool-error.ts';

interface Extent {
  offset: number;
  length: number;
  crc: number;
}

/** The growing file of one track. What was added whole stays; what was not leaves no trace. */
export class SpoolFile {
  readonly #track: Track;
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #inits: Init[] = [];
  /** Of everything up to `#sizeBytes`. */
  #hash: Hash = createHash('sha256');
  #sizeBytes = 0;

  private constructor(path: string, track: Track, file: FileHandle) {
    this.#path = path;
    this.#track = track;
    this.#file = file;
  }

  static async open(path: string, track: Track): Promise<SpoolFile> {
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
    return new SpoolFile(path, track, await open(path, flags, 0o600));
  }

  /** Appends an init segment, unless it is there already. */
  async addInit(bytes: Uint8Array): Promise<Init & { crc: number; isNew: boolean }> {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const known = this.#inits.find((init) => init.sha256 === sha256);
    if (known) return { ...known, crc: 0, isNew: false };
    const { offset, length, crc } = await this.#append(once(bytes), () => {});
    const init = { initId: this.#inits.length, offset, length, sha256 };
    this.#inits.push(init);
    return { ...init, crc, isNew: true };
  }

  /** Rejects with SPOOL_FULL, SEGMENT_UNREADABLE, and what `bytes` throws. */
  async addSegment(
    bytes: AsyncIterable<Uint8Array>,
    init: Uint8Array | undefined,
  ): Promise<Pick<Segment, 'offset' | 'length' | 'kinds'> & { crc: number }> {
    const probe = probeFor(this.#track.container, init);
    const extent = await this.#append(
      bytes,
      (piece) => probe.push(piece),
      () => {
        if (!probe.isMedia) throw new ReelflowError('SEGMENT_UNREADABLE', 'what came is no media segment');
      },
    );
    return { ...extent, kinds: probe.kinds() };
  }

  /** Whether what the journal says is really there; from the first that is not, nothing is. */
  async resume(line: Extent & { line: string; initId?: number | undefined; sha256?: string }): Promise<boolean> {
    if (line.offset !== this.#sizeBytes) return false;
    const bytes = Buffer.allocUnsafe(line.length);
    const { bytesRead } = await this.#file.read(bytes, 0, line.length, line.offset);
    if (bytesRead < line.length || crc32(bytes) !== line.crc) return false;
    this.#hash.update(bytes);
    this.#sizeBytes += line.length;
    if (line.line === 'init') {
      const { offset, length, sha256 = '' } = line;
      this.#inits.push({ initId: this.#inits.length, offset, length, sha256 });
    }
    return true;
  }

  /** Takes away what follows the last thing that is whole. */
  async cut(): Promise<void> {
    await this.#file.truncate(this.#sizeBytes);
  }

  async seal(): Promise<{ track: Track; sizeBytes: number; sha256: string; inits: Init[] }> {
    await this.#file.sync();
    return {
      track: this.#track,
      sizeBytes: this.#sizeBytes,
      sha256: this.#hash.copy().digest('hex'),
      inits: [...this.#inits],
    };
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #append(
    bytes: AsyncIterable<Uint8Array>,
    see: (piece: Uint8Array) => void,
    check?: () => void,
  ): Promise<Extent> {
    const hash = this.#hash.copy();
    let at = this.#sizeBytes;
    let crc = 0;
    try {
      for await (const piece of bytes) {
        see(piece);
        hash.update(piece);
        crc = crc32(piece, crc);
        await writeAll(this.#file, piece, at);
        at += piece.length;
      }
      check?.();
    } catch (error) {
      await this.cut().catch(() => {});
      throw spoolError(error, this.#path);
    }
    const extent = { offset: this.#sizeBytes, length: at - this.#sizeBytes, crc };
    this.#hash = hash;
    this.#sizeBytes = at;
    return extent;
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
