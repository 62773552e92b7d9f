import { z } from 'zod';
import { isS3Prefix } from '../core/s3/s3-place.ts';
import { nameTemplateField } from '../kit/delivery-node.ts';

/** Stored configuration of a capture-s3-upload node. */
export const uploadConfig = z.object({
  name: z.string().default(''),
  /** Id of the capture-s3 config node; empty: the store of REELFLOW_S3_*. */
  store: z.string().default(''),
  /** Below the store's own prefix. */
  prefix: z
    .string()
    .trim()
    .default('')
    .refine(isS3Prefix, 'must be names with / between them, without / at either end'),
  nameTemplate: nameTemplateField,
});
export type UploadConfig = z.infer<typeof uploadConfig>;

/** What a message may say otherwise. */
export const uploadInput = z.object({ nameTemplate: nameTemplateField });
