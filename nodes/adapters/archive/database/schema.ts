/**
 * The archive's tables, the same in SQLite and PostgreSQL. Whole objects as JSON in `body`; columns only for what is
 * searched by. Times are epoch ms.
 */
export interface ArchiveSchema {
  channels: { name: string; body: string };
  stores: { id: string; body: string };
  chunks: {
    channel: string;
    start_ms: number;
    end_ms: number;
    state: string;
    is_partial: number;
    size_bytes: number;
    body: string;
    /** Which worker has it, until when. */
    owner: string | null;
    lease_until: number | null;
    lease_term: number;
    takeovers: number;
  };
  /** One row for each track of a chunk: see segment-codec.ts. A playlist of one track does not read the others. */
  chunk_segments: { channel: string; start_ms: number; track: string; body: string };
  locks: { id: string; channel: string; body: string };
  capture_reports: { job_id: string; started_at: number; body: string };
  /** With its secret; `health`: how it is doing, written by whoever sends. */
  webhooks: { id: string; body: string; health: string };
  webhook_deliveries: {
    id: string;
    webhook_id: string;
    state: string;
    attempts: number;
    created_at: number;
    next_at: number;
    expires_at: number;
    body: string;
  };
  /** Channels of which it was told last that their source is in trouble. */
  webhook_troubles: { channel: string; code: string };
}
