import type { Clock } from '../time/clock.ts';

export interface ThrottleLimits {
  /** Failures of one name from one address before that pair has to wait. */
  perName: number;
  /** Failures from one address, whatever the names. */
  perAddress: number;
  /** The first wait; every further failure doubles it. */
  firstLockMs: number;
  longestLockMs: number;
  /** Failures are forgotten after this long without another. */
  windowMs: number;
  /** Pairs and addresses remembered; beyond it the oldest go. */
  entries: number;
}

const LIMITS: ThrottleLimits = {
  perName: 5,
  perAddress: 30,
  firstLockMs: 30_000,
  longestLockMs: 15 * 60_000,
  windowMs: 15 * 60_000,
  entries: 10_000,
};

interface Failures {
  count: number;
  lastAt: number;
  lockedUntil: number;
}

/**
 * Slows down guessing without giving strangers a way to lock people out: a name is only ever locked for the address the
 * wrong guesses come from.
 */
export class LoginThrottle {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #limits: ThrottleLimits;
  readonly #failures = new Map<string, Failures>();

  constructor(clock: Pick<Clock, 'monotonicMs'>, limits: Partial<ThrottleLimits> = {}) {
    this.#clock = clock;
    this.#limits = { ...LIMITS, ...limits };
  }

  /** Milliseconds until the next attempt is looked at; 0 for now. */
  lockedForMs(user: string, from: string): number {
    const now = this.#clock.monotonicMs();
    const until = Math.max(
      this.#failures.get(pairKey(user, from))?.lockedUntil ?? 0,
      this.#failures.get(addressKey(from))?.lockedUntil ?? 0,
    );
    return Math.max(0, until - now);
  }

  /**
   * Counts an attempt as failed before its outcome is known, so that a hundred guesses at once are not all let through.
   * Follow with `succeeded` when it was right. Returns what `lockedForMs` returned before; above 0 nothing was counted.
   */
  attempt(user: string, from: string): number {
    const locked = this.lockedForMs(user, from);
    if (locked > 0) return locked;
    this.#count(pairKey(user, from), this.#limits.perName);
    this.#count(addressKey(from), this.#limits.perAddress);
    return 0;
  }

  succeeded(user: string, from: string): void {
    this.#failures.delete(pairKey(user, from));
    const address = this.#failures.get(addressKey(from));
    if (!address) return;
    address.count -= 1;
    if (address.count < this.#limits.perAddress) address.lockedUntil = 0;
    if (address.count <= 0) this.#failures.delete(addressKey(from));
  }

  get size(): number {
    return this.#failures.size;
  }

  #count(key: string, limit: number): void {
    const now = this.#clock.monotonicMs();
    const known = this.#failures.get(key);
    const isForgotten = !known || now - Math.max(known.lastAt, known.lockedUntil) > this.#limits.windowMs;
    const entry = isForgotten ? { count: 0, lastAt: now, lockedUntil: 0 } : known;
    entry.count += 1;
    entry.lastAt = now;
    if (entry.count >= limit) {
      const doubled = this.#limits.firstLockMs * 2 ** Math.min(entry.count - limit, 20);
      entry.lockedUntil = now + Math.min(doubled, this.#limits.longestLockMs);
    }
    // Deleting first moves the entry to the end: a Map keeps insertion order, so the first key is the oldest.
    this.#failures.delete(key);
    this.#failures.set(key, entry);
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= this.#limits.entries) break;
      this.#failures.delete(oldest);
    }
  }
}

const pairKey = (user: string, from: string): string => `${network(from)} ${user.slice(0, 64)}`;
const addressKey = (from: string): string => network(from);

/** One household or host owns a whole IPv6 /64, so that counts as one address; IPv4-mapped ones count as IPv4. */
export function network(from: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(from);
  if (mapped?.[1]) return mapped[1];
  if (!from.includes(':') || from === '::1') return from;
  const [head = '', tail = ''] = from.split('%')[0]?.split('::') ?? [];
  const left = head.split(':').filter(Boolean);
  const right = tail.split(':').filter(Boolean);
  const zeros = from.includes('::') ? Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0') : [];
  return `${[...left, ...zeros, ...right].slice(0, 4).join(':')}::/64`;
}
