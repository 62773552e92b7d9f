import { createHmac, randomBytes } from 'node:crypto';

const KEPT_MS = 5 * 60_000;
const LIMIT = 1_000;

interface Remembered {
  generation: number;
  until: number;
}

/**
 * Right passwords seen a short while ago: HTTP Basic sends them with every request, and a check takes a tenth of a
 * second. Kept as an HMAC under a key that never leaves this process, and only for a few minutes.
 */
export class RememberedPasswords {
  readonly #key = randomBytes(32);
  readonly #kept = new Map<string, Remembered>();
  readonly #monotonicMs: () => number;

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** What stands for a pair of name and password; safe to use as a key elsewhere in this process. */
  digest(user: string, password: string): string {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([user, password]))
      .digest('base64');
  }

  has(digest: string, generation: number): boolean {
    const kept = this.#kept.get(digest);
    return kept !== undefined && kept.generation === generation && kept.until > this.#monotonicMs();
  }

  add(digest: string, generation: number): void {
    this.#kept.delete(digest);
    this.#kept.set(digest, { generation, until: this.#monotonicMs() + KEPT_MS });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= LIMIT) break;
      this.#kept.delete(oldest);
    }
  }
}
