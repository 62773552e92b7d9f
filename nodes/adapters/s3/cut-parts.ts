import { type FileHandle, open } from 'node:fs/promises';

const mebibyte = 1024 * 1024;
/** The smallest that every store takes is 5 MiB. */
const usualBytes = 8 * mebibyte;
const largeBytes = 32 * mebibyte;
/** Swift as it comes takes 1000, S3 10 000. */
const fewParts = 1000;
const mostParts = 10_000;

/** Bytes in each part of an upload: the same for the same size, so that an upload can be taken up again. */
export function partBytesFor(sizeBytes: number | undefined): number {
  const size = sizeBytes ?? 0;
  const needed = Math.max(Math.min(size / fewParts, largeBytes), size / mostParts, usualBytes);
  return Math.ceil(needed / mebibyte) * mebibyte;
}

export interface Part {
  bytes: Buffer;
  isLast: boolean;
}

/** Memory for the parts of one object. What is given back is filled again: new memory for each costs as much as its checksum. */
export class PartRooms {
  readonly #partBytes: number;
  readonly #free: Buffer[] = [];

  constructor(sizeBytes: number | undefined) {
    const partBytes = partBytesFor(sizeBytes);
    // A small one fills no part, so that it is seen to be the only one.
    this.#partBytes = Math.min(partBytes, (sizeBytes ?? partBytes) + 1);
  }

  /** Memory that threads share. */
  take(): Buffer {
    return this.#free.pop() ?? Buffer.from(new SharedArrayBuffer(this.#partBytes));
  }

  giveBack(part: Buffer): void {
    // The last one may be shorter, and is nobody's to fill again.
    if (part.length === this.#partBytes) this.#free.push(part);
  }
}

/** Cuts a stream into parts of one length, the last may be shorter; of nothing one empty part. */
export async function* cutParts(stream: AsyncIterable<Uint8Array>, rooms: PartRooms): AsyncGenerator<Part> {
  let part = rooms.take();
  let filled = 0;
  for await (const piece of stream) {
    for (let at = 0; at < piece.length; ) {
      if (filled === part.length) {
        yield { bytes: part, isLast: false };
        part = rooms.take();
        filled = 0;
      }
      const taken = piece.subarray(at, at + part.length - filled);
      part.set(taken, filled);
      filled += taken.length;
      at += taken.length;
    }
  }
  yield { bytes: part.subarray(0, filled), isLast: true };
}

/** The same of a finished file, read straight into the parts. */
export async function* cutFile(path: string, rooms: PartRooms): AsyncGenerator<Part> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    for (let done = 0, isLast = false; !isLast; ) {
      const part = rooms.take();
      const filled = await fill(file, part);
      done += filled;
      isLast = done >= size || filled === 0;
      yield { bytes: part.subarray(0, filled), isLast };
    }
  } finally {
    await file.close();
  }
}

async function fill(file: FileHandle, part: Buffer): Promise<number> {
  let filled = 0;
  while (filled < part.length) {
    const { bytesRead } = await file.read(part, filled, part.length - filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}
