import { Pool } from 'pg';
import { ReelflowError, toReelflowError } from '../../core/errors.ts';
import { redact } from '../../core/redact.ts';
import type { LeaseStore } from '../../core/restream/ports.ts';

const timeoutMs = 4000;

/** All times are of the database's own clock, so that the clocks of the stations do not matter. */
const claimSql = `
  INSERT INTO reelflow_restream_lease AS held (key, owner, until)
  SELECT key, $2, clock_timestamp() + $3 * interval '1 millisecond' FROM unnest($1::text[]) AS wanted (key) ORDER BY key
  ON CONFLICT (key) DO UPDATE SET owner = excluded.owner, until = excluded.until
  WHERE held.owner = excluded.owner OR held.until < clock_timestamp()
  RETURNING key`;

/** One at a time: PostgreSQL fails where two make the same table at once, even if it is not there. */
const tableSql = `
  SELECT pg_advisory_xact_lock(hashtext('reelflow_restream_lease'));
  CREATE TABLE IF NOT EXISTS reelflow_restream_lease (
    key text PRIMARY KEY, owner text NOT NULL, until timestamptz NOT NULL
  )`;

/** Leases of cameras in a database that several stations share: who restreams what. Makes its table when it is missing. */
export class PostgresLeaseStore implements LeaseStore {
  readonly #pool: Pool;
  #isReady = false;

  /** `url`: postgres://user:password@host/database */
  constructor(url: string) {
    this.#pool = new Pool({
      connectionString: url,
      max: 1,
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
      application_name: 'reelflow leases',
      keepAlive: true,
    });
    // A connection that dies while nobody uses it; the next question opens another.
    this.#pool.on('error', () => {});
  }

  async claim(owner: string, keys: readonly string[], ttlMs: number): Promise<ReadonlySet<string>> {
    const rows = await this.#ask(claimSql, [keys, owner, ttlMs]);
    return new Set(rows.map((row) => String(row['key'])));
  }

  async release(owner: string, keys: readonly string[]): Promise<void> {
    await this.#ask('DELETE FROM reelflow_restream_lease WHERE owner = $1 AND key = ANY ($2::text[])', [owner, keys]);
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #ask(sql: string, values: unknown[]): Promise<Record<string, unknown>[]> {
    try {
      if (!this.#isReady) {
        await this.#pool.query(tableSql);
        this.#isReady = true;
      }
      return (await this.#pool.query<Record<string, unknown>>(sql, values)).rows;
    } catch (cause) {
      throw new ReelflowError(
        'DATABASE_AWAY',
        `the database of the leases: ${redact(toReelflowError(cause).message)}`,
        {
          cause,
          isRetryable: true,
        },
      );
    }
  }
}
