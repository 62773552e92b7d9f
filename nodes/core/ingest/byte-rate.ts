const windowMs = 5000;
/** Closer samples say nothing new. */
const leastMs = 250;

/** Bytes per second over the last five seconds. */
export class ByteRate {
  #samples: { at: number; bytes: number }[] = [];

  /** @param bytes so far; fewer than before begins anew */
  add(bytes: number, atMs: number): void {
    const last = this.#samples.at(-1);
    if (last && bytes < last.bytes) this.#samples = [];
    else if (last && atMs - last.at < leastMs) return;
    this.#samples.push({ at: atMs, bytes });
    while (this.#samples.length > 2 && atMs - (this.#samples[1]?.at ?? atMs) >= windowMs) this.#samples.shift();
  }

  perSecond(): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.at === first.at) return 0;
    return Math.round(((last.bytes - first.bytes) * 1000) / (last.at - first.at));
  }
}
