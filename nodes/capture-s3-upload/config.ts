import { z } from 'zod';
import { defaultNameTemplate, templateProblem } from '../core/delivery/name-template.ts';
import { isS3Prefix } from '../core/s3/s3-place.ts';

const nameTemplate = z
  .string()
  .trim()
  .default(defaultNameTemplate)
  .transform((template) => template || defaultNameTemplate)
  .superRefine((template, context) => {
    const problem = templateProblem(template);
    if (problem) context.addIssue({ code: 'custom', message: problem });
  });

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
  nameTemplate,
});
export type UploadConfig = z.infer<typeof uploadConfig>;

/** What a message may say otherwise. */
export const uploadInput = z.object({ nameTemplate });
