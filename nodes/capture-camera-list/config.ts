import { z } from 'zod';

/** Stored configuration of a capture-camera-list node. */
export const cameraListConfig = z.object({
  name: z.string().default(''),
  /** `auto`: the database of PG_DSN where that is set, else the station's own list. */
  source: z.enum(['auto', 'own', 'database', 'file', 'message']).default('auto'),
  /** Id of the capture-postgres config node; empty: PG_DSN. */
  database: z.string().default(''),
  table: z
    .string()
    .trim()
    .regex(/^[^.\s]+(\.[^.\s]+)?$/, 'must be a table, such as cameras or video.cameras')
    .default('cameras'),
  /** Instead of the table. */
  query: z.string().trim().max(10_000).default(''),
  /** Of NOTIFY; empty: only read at intervals. */
  channel: z.string().trim().max(63).default('cameras'),
  pollSeconds: z.coerce.number().min(1).max(3600).default(10),
  /** CSV or JSON; relative paths are meant from the data folder. */
  path: z.string().trim().default(''),
  /** Lines `field = column`. */
  columns: z.string().max(10_000).default(''),
  /** Lines `make = rtsp://{login}{host}:{port}/path`. */
  templates: z.string().max(100_000).default(''),
});

export type CameraListConfig = z.infer<typeof cameraListConfig>;
