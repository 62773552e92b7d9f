/** A picture larger than this is no preview; the bytes before it are dropped. */
const largestBytes = 8 * 1024 * 1024;

/**
 * Cuts a stream of JPEG pictures, one behind the other, into pictures (FFmpeg's image2pipe). The end marker FF D9 can
 * not stand inside one: entropy-coded data stuffs every FF (ISO/IEC 10918-1 B.1.1.5), and FFmpeg writes no thumbnails.
 */
export class JpegSplitter {
  #rest: Uint8Array = new Uint8Array(0);

  /** Pictures that became complete with these bytes. */
  push(bytes: Uint8Array): Uint8Array[] {
    let buffer = Buffer.concat([this.#rest, bytes]);
    const pictures: Uint8Array[] = [];
    for (;;) {
      const end = buffer.indexOf(endOfImage);
      if (end < 0) break;
      const start = buffer.indexOf(startOfImage);
      if (start >= 0 && start < end) pictures.push(buffer.subarray(start, end + 2));
      buffer = buffer.subarray(end + 2);
    }
    this.#rest = buffer.length > largestBytes ? new Uint8Array(0) : buffer;
    return pictures;
  }
}

const startOfImage = Uint8Array.of(0xff, 0xd8);
const endOfImage = Uint8Array.of(0xff, 0xd9);
