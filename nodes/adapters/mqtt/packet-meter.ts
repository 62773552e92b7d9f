/**
 * Follows the fixed headers of a stream of MQTT packets (MQTT 3.1.1 section 2.2) without keeping anything, to notice one
 * that announces more than it may. Aedes has no limit of its own: it would collect 256 MiB before looking at it.
 */
export class PacketMeter {
  /** Bytes of the present packet that are still to come. */
  #rest = 0;
  #length = 0;
  #factor = 1;
  #isInLength = false;

  /** The length of the first packet in these bytes that is longer than `limit`; undefined when all are well. */
  oversized(bytes: Uint8Array, limit: number): number | undefined {
    let at = 0;
    while (at < bytes.length) {
      if (this.#rest > 0) {
        const skipped = Math.min(this.#rest, bytes.length - at);
        this.#rest -= skipped;
        at += skipped;
        continue;
      }
      const byte = bytes[at] ?? 0;
      at += 1;
      if (!this.#isInLength) {
        this.#isInLength = true;
        this.#length = 0;
        this.#factor = 1;
        continue;
      }
      this.#length += (byte & 0x7f) * this.#factor;
      this.#factor *= 128;
      if (this.#length > limit) return this.#length;
      // Four bytes at most; a fifth is malformed and the parser's to refuse.
      if (byte < 0x80 || this.#factor > 128 ** 4) {
        this.#isInLength = false;
        this.#rest = this.#length;
      }
    }
    return undefined;
  }
}
