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

/** Cuts a stream into parts of one length, the last may be shorter; of nothing one empty part. */
export async function* cutParts(
  stream: AsyncIterable<Uint8Array>,
  partBytes: number,
  sizeBytes: number | undefined,
): AsyncGenerator<Part> {
  const room = () => Buffer.allocUnsafe(Math.min(partBytes, sizeBytes ?? partBytes));
  let part = room();
  let filled = 0;
  for await (const piece of stream) {
    for (let at = 0; at < piece.length; ) {
      if (filled === part.length) {
        const isTooLong = part.length < partBytes;
        if (!isTooLong) yield { bytes: part, isLast: false };
        // What is longer than it was said to be is sent on, and refused for its size.
        part = isTooLong ? Buffer.concat([part], partBytes) : Buffer.allocUnsafe(partBytes);
        filled = isTooLong ? filled : 0;
      }
      const taken = piece.subarray(at, at + part.length - filled);
      part.set(taken, filled);
      filled += taken.length;
      at += taken.length;
    }
  }
  yield { bytes: part.subarray(0, filled), isLast: true };
}
