import { z } from 'zod';

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
});

export type S3Config = z.infer<typeof s3Config>;
