import { z } from 'zod';

const address = z
  .string()
  .trim()
  .regex(/^(https?:\/\/[^\s@]+)?$/i, 'must begin with http:// or https://, without user and password in it')
  .default('');

/** Stored configuration of a capture-opencast node; user and password are credentials. */
export const opencastConfig = z.object({
  name: z.string().default(''),
  /** Empty: REELFLOW_OPENCAST_URL. */
  url: address,
  /** Empty: REELFLOW_OPENCAST_AUTH, else basic. */
  auth: z.enum(['', 'basic', 'digest']).default(''),
  /** PEM; relative paths are meant from the data folder. */
  caFile: z.string().trim().default(''),
  isInsecure: z.boolean().default(false),
  keepsCookies: z.boolean().default(true),
  isBackup: z.boolean().default(false),
  /** Used instead of asking the core. */
  captureAdminUrl: address,
  schedulerUrl: address,
  ingestUrl: address,
  connectTimeoutSeconds: z.coerce.number().min(1).max(600).default(15),
  timeoutSeconds: z.coerce.number().min(1).max(3600).default(60),
  stallSeconds: z.coerce.number().min(1).max(3600).default(60),
});

export type OpencastConfig = z.infer<typeof opencastConfig>;
