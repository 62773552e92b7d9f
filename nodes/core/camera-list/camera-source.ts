import type { Dispose } from '../time/clock.ts';
import type { CameraRow } from './camera-row.ts';

/** Where a list of cameras comes from. */
export type CameraSourceSettings =
  /** Rows of PostgreSQL: a table, or the result of a query. `url` opens the database: a secret. */
  | { kind: 'database'; url: string; table: string; query?: string; channel?: string }
  /** A CSV or JSON file, read again when it changes. */
  | { kind: 'file'; path: string }
  /** The station's own, filled by dashboard, HTTP and MQTT. */
  | { kind: 'own' }
  /** Rows come as messages. */
  | { kind: 'message' };

/** Port: one place that cameras are read from. */
export interface CameraSource {
  /** All rows there are now. Rejects with a ReelflowError whose message has no secret in it. */
  read(abort: AbortSignal): Promise<readonly CameraRow[]>;
  /** Tells of changes where it can know of them. */
  watch?(onChange: () => void): Dispose;
  close?(): void;
}

export type ReadSource = Exclude<CameraSourceSettings, { kind: 'message' }>;

/** Opens sources; the station gives the one that knows databases, files and its own list. */
export type OpenCameraSource = (source: ReadSource) => CameraSource;
