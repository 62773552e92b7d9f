import { z } from 'zod';
import { s3Encryptions } from '../core/s3/s3-place.ts';

/** Stored configuration of a capture-s3 node; the keys are credentials. */
export const s3Config = z.object({
  name: z.string().default(''),
  endpoint: z.string().trim().default(''),
  bucket: z.string().trim().default(''),
  region: z
    .string()
    .trim()
    .default('us-east-1')
    .transform((region) => region || 'us-east-1'),
  prefix: z.string().trim().default(''),
  isPathStyle: z.boolean().default(true),
  storageClass: z.string().trim().default(''),
  encryption: z.enum(['', ...s3Encryptions]).default(''),
  encryptionKeyId: z.string().trim().default(''),
  /** Megabits a second; 0: no limit. */
  rateMbit: z.coerce.number().min(0).default(0),
  /** 0: players get their bytes through the station. */
  redirectSeconds: z.coerce.number().int().min(0).default(0),
});

export type S3Config = z.infer<typeof s3Config>;
