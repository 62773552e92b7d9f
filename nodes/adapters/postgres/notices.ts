import { Client } from 'pg';
import { toReelflowError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Dispose } from '../../core/time/clock.ts';
import { connectionTo } from './shared-database.ts';

type Hear = (text: string) => void;

const firstPauseMs = 500;
const longestPauseMs = 15_000;
/** A connection that a firewall has forgotten is noticed after this. */
const proofEveryMs = 15_000;

/**
 * What processes on one database call out to each other (LISTEN, NOTIFY). Only ever a hint: who was not connected has
 * missed it, so everybody looks by himself now and then, and after `onGap`.
 */
export class PostgresNotices {
  readonly #url: string;
  readonly #log: Log;
  readonly #channel: string;
  readonly #hears = new Set<Hear>();
  readonly #gaps = new Set<() => void>();
  readonly #proof: NodeJS.Timeout;
  readonly #ready = Promise.withResolvers<void>();
  #client: Client | undefined;
  #pauseMs = firstPauseMs;
  #again: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** @param channel a name of PostgreSQL, `[a-z_]+` */
  constructor(url: string, channel: string, log: Log) {
    this.#url = url;
    this.#channel = channel;
    this.#log = log;
    this.#proof = setInterval(() => {
      this.#client?.query('SELECT 1').catch((error: unknown) => this.#lose(this.#client, error));
    }, proofEveryMs);
    this.#proof.unref();
    this.#connect();
  }

  /** Settles when it listens for the first time, or is closed before that. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  onNotice(hear: Hear): Dispose {
    this.#hears.add(hear);
    return () => this.#hears.delete(hear);
  }

  /** It listens (again): what was called out before may have been missed. */
  onGap(look: () => void): Dispose {
    this.#gaps.add(look);
    return () => this.#gaps.delete(look);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#ready.resolve();
    clearInterval(this.#proof);
    clearTimeout(this.#again);
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => {});
  }

  #connect(): void {
    const client = new Client(connectionTo(this.#url, 'notices'));
    client.on('error', (error) => this.#lose(client, error));
    client.on('end', () => this.#lose(client, 'the connection has ended'));
    client.on('notification', ({ payload }) => {
      for (const hear of this.#hears) hear(payload ?? '');
    });
    this.#client = client;
    this.#listen(client).catch((error: unknown) => this.#lose(client, error));
  }

  async #listen(client: Client): Promise<void> {
    await client.connect();
    await client.query(`LISTEN ${this.#channel}`);
    this.#pauseMs = firstPauseMs;
    this.#ready.resolve();
    for (const look of this.#gaps) look();
  }

  #lose(client: Client | undefined, reason: unknown): void {
    if (!client || client !== this.#client) return;
    this.#client = undefined;
    client.end().catch(() => {});
    if (this.#isClosed) return;
    this.#log.debug(`the database tells nothing for now: ${toReelflowError(reason).message}`);
    this.#again = setTimeout(() => this.#connect(), this.#pauseMs);
    this.#again.unref();
    this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2);
  }
}
