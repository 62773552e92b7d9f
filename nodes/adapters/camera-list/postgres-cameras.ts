import type { Client } from 'pg';
import type { CameraRow } from '../../core/camera-list/camera-row.ts';
import type { CameraSource, CameraSourceSettings } from '../../core/camera-list/camera-source.ts';
import type { Log } from '../../core/log.ts';
import type { Dispose } from '../../core/time/clock.ts';
import { postgresError } from './postgres-error.ts';

type Settings = Extract<CameraSourceSettings, { kind: 'database' }>;

const statementMs = 10_000;
const connectTimeoutMs = 5000;
const most = 10_000;
const byId = new Intl.Collator('en', { numeric: true });

/**
 * Rows of a table or a query of PostgreSQL. One connection, on which it also hears of changes (LISTEN); when it is lost,
 * the next reading makes a new one. It only reads: the session is read-only, and a statement has ten seconds.
 */
export class PostgresCameras implements CameraSource {
  readonly #settings: Settings;
  readonly #log: Log;
  readonly #timeoutMs: number;
  #client: Promise<Client> | undefined;
  #onChange: () => void = () => {};
  #isClosed = false;

  constructor(settings: Settings, log: Log, { timeoutMs = statementMs }: { timeoutMs?: number } = {}) {
    this.#settings = settings;
    this.#log = log;
    this.#timeoutMs = timeoutMs;
  }

  /** @throws CAMERA_DATABASE_AWAY, CAMERA_DATABASE_LOGIN, CAMERA_TABLE */
  async read(): Promise<readonly CameraRow[]> {
    this.#client ??= this.#connect();
    const connecting = this.#client;
    try {
      const client = await connecting;
      const { rows } = await client.query<Record<string, unknown>>(statementOf(client, this.#settings));
      // A table has no order of its own, and which of two cameras of one name is the later one should not change.
      if (this.#settings.query || !rows.every((row) => 'id' in row)) return rows;
      return rows.sort((a, b) => byId.compare(String(a['id']), String(b['id'])));
    } catch (error) {
      this.#drop(connecting);
      throw postgresError(error, this.#settings.url);
    }
  }

  watch(onChange: () => void): Dispose {
    this.#onChange = onChange;
    return () => {
      this.#onChange = () => {};
    };
  }

  close(): void {
    this.#isClosed = true;
    if (this.#client) this.#drop(this.#client);
  }

  async #connect(): Promise<Client> {
    const { Client } = await import('pg');
    const client = new Client({
      connectionString: this.#settings.url,
      application_name: 'reelflow',
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: this.#timeoutMs,
      keepAlive: true,
    });
    // Said at the reading that follows; without a listener it would end the process.
    client.on('error', () => {});
    client.on('notification', () => this.#onChange());
    await client.connect();
    client.on('end', () => this.#lost(client));
    await client.query(`SET default_transaction_read_only = on; SET statement_timeout = ${this.#timeoutMs}`);
    await this.#listen(client);
    return client;
  }

  /** A standby or a pooler may not have it; then there is still the reading at intervals. */
  async #listen(client: Client): Promise<void> {
    const { channel, url } = this.#settings;
    if (!channel) return;
    try {
      await client.query(`LISTEN ${client.escapeIdentifier(channel)}`);
    } catch (error) {
      this.#log.info(`cameras: changes are not told by the database: ${postgresError(error, url).message}`);
    }
  }

  /** The server went away: have it noticed now, not at the next reading. */
  #lost(client: Client): void {
    const current = this.#client;
    current?.then(
      (own) => {
        if (own !== client || this.#client !== current) return;
        this.#client = undefined;
        if (!this.#isClosed) this.#onChange();
      },
      () => {},
    );
  }

  #drop(connecting: Promise<Client>): void {
    if (this.#client === connecting) this.#client = undefined;
    connecting.then(
      (client) => client.end().catch(() => {}),
      () => {},
    );
  }
}

function statementOf(client: Client, { table, query }: Settings): string {
  const parts = table.split('.').map((part) => client.escapeIdentifier(part));
  const rows = query ? `(${query.trim().replace(/;+$/, '')}\n)` : parts.join('.');
  return `SELECT * FROM ${rows} AS cameras LIMIT ${most}`;
}
