import type { StatementSync } from 'node:sqlite';
import type { LeaseStore } from '../../core/restream/ports.ts';
import type { Clock } from '../../core/time/clock.ts';
import type { Database } from './database.ts';
import { inTransaction } from './transaction.ts';

/** Leases of cameras in the station's own database: for stations that share no other. */
export class SqliteLeaseStore implements LeaseStore {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #held: StatementSync;
  readonly #claim: StatementSync;
  readonly #release: StatementSync;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    this.#held = database.prepare('SELECT until FROM restream_leases WHERE key = ? AND owner = ?');
    this.#claim = database.prepare(
      `INSERT INTO restream_leases (key, owner, until) VALUES (?1, ?2, ?3)
       ON CONFLICT (key) DO UPDATE SET owner = excluded.owner, until = excluded.until
       WHERE owner = excluded.owner OR until < ?4`,
    );
    this.#release = database.prepare('DELETE FROM restream_leases WHERE key = ? AND owner = ?');
  }

  async claim(owner: string, keys: readonly string[], ttlMs: number): Promise<ReadonlySet<string>> {
    const now = Math.round(this.#clock.now());
    const until = (key: string) => Number(this.#held.get(key, owner)?.['until'] ?? 0);
    // Each write waits for the disk: a lease that has half its time left needs none.
    const held = keys.filter((key) => until(key) > now + ttlMs / 2);
    const asked = keys.filter((key) => !held.includes(key));
    if (asked.length === 0) return new Set(held);
    const claimed = inTransaction(this.#database, () =>
      asked.filter((key) => Number(this.#claim.run(key, owner, now + ttlMs, now).changes) > 0),
    );
    return new Set([...held, ...claimed]);
  }

  async release(owner: string, keys: readonly string[]): Promise<void> {
    inTransaction(this.#database, () => {
      for (const key of keys) this.#release.run(key, owner);
    });
  }
}
