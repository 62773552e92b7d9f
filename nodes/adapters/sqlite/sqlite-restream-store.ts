import type { StatementSync } from 'node:sqlite';
import type { ProbeResult } from '../../core/camera-list/probe-result.ts';
import type { OutageStore } from '../../core/restream/history.ts';
import type { CameraStore, KeptCamera } from '../../core/restream/ports.ts';
import type { Outage, ReasonClass } from '../../core/restream/restream.ts';
import type { ProbeStore } from '../restream/ffprobe-prober.ts';
import type { Database } from './database.ts';
import { rowJson } from './row-json.ts';

/** A probe of an address that is gone is worth nothing after this long. */
const probeKeepMs = 2 * 24 * 3600_000;

/** Restreamed cameras with their logins (the database is its owner's only), their outages, and what probes found. */
export class SqliteRestreamStore implements CameraStore, OutageStore, ProbeStore {
  readonly #cameras: StatementSync;
  readonly #saveCamera: StatementSync;
  readonly #dropCamera: StatementSync;
  readonly #outages: StatementSync;
  readonly #saveOutage: StatementSync;
  readonly #dropOutages: StatementSync;
  readonly #dropOutagesOf: StatementSync;
  readonly #probe: StatementSync;
  readonly #saveProbe: StatementSync;
  readonly #dropProbe: StatementSync;
  readonly #dropOldProbes: StatementSync;

  constructor(database: Database) {
    this.#cameras = database.prepare('SELECT body FROM restream_cameras ORDER BY path');
    this.#saveCamera = database.prepare(
      `INSERT INTO restream_cameras (path, body) VALUES (?, ?)
       ON CONFLICT (path) DO UPDATE SET body = excluded.body WHERE body <> excluded.body`,
    );
    this.#dropCamera = database.prepare('DELETE FROM restream_cameras WHERE path = ?');
    this.#outages = database.prepare(
      `SELECT * FROM restream_outages WHERE path = ? AND (ended_at IS NULL OR ended_at > ?) ORDER BY started_at`,
    );
    this.#saveOutage = database.prepare(
      `INSERT INTO restream_outages (path, started_at, ended_at, class, message) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (path, started_at) DO UPDATE
       SET ended_at = excluded.ended_at, class = excluded.class, message = excluded.message`,
    );
    this.#dropOutages = database.prepare('DELETE FROM restream_outages WHERE ended_at < ?');
    this.#dropOutagesOf = database.prepare('DELETE FROM restream_outages WHERE path = ? AND started_at < ?');
    this.#probe = database.prepare('SELECT body FROM restream_probes WHERE key = ?');
    this.#saveProbe = database.prepare(
      `INSERT INTO restream_probes (key, at, body) VALUES (?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET at = excluded.at, body = excluded.body`,
    );
    this.#dropProbe = database.prepare('DELETE FROM restream_probes WHERE key = ?');
    this.#dropOldProbes = database.prepare('DELETE FROM restream_probes WHERE at < ?');
  }

  cameras(): KeptCamera[] {
    return this.#cameras.all().flatMap((row) => rowJson<KeptCamera>(row, 'body') ?? []);
  }

  saveCamera(camera: KeptCamera): void {
    this.#saveCamera.run(camera.path, JSON.stringify(camera));
  }

  dropCamera(path: string): void {
    this.#dropCamera.run(path);
  }

  outages(path: string, since: number): Outage[] {
    return this.#outages.all(path, Math.round(since)).map((row) => ({
      start: Number(row['started_at']),
      ...(row['ended_at'] === null ? {} : { end: Number(row['ended_at']) }),
      class: String(row['class']) as ReasonClass,
      message: String(row['message']),
    }));
  }

  saveOutage(path: string, outage: Outage): void {
    const { start, end, class: reason, message } = outage;
    this.#saveOutage.run(path, Math.round(start), end === undefined ? null : Math.round(end), reason, message);
  }

  dropOutages(path: string | undefined, before: number): void {
    if (path === undefined) this.#dropOutages.run(Math.round(before));
    else this.#dropOutagesOf.run(path, Math.round(before));
  }

  probe(key: string): ProbeResult | undefined {
    return rowJson<ProbeResult>(this.#probe.get(key), 'body');
  }

  saveProbe(key: string, probe: ProbeResult): void {
    this.#saveProbe.run(key, Math.round(probe.at), JSON.stringify(probe));
    this.#dropOldProbes.run(Math.round(probe.at - probeKeepMs));
  }

  dropProbe(key: string): void {
    this.#dropProbe.run(key);
  }
}
