import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { targetChecks } from '../core/delivery/delivery-files.ts';
import { nameTemplateField } from '../kit/delivery-node.ts';

/** Empty: `delivered` in the data folder. */
const folder = z
  .string()
  .trim()
  .default('')
  .refine((path) => path === '' || isAbsolute(path), 'must be an absolute path such as /mnt/archive, or empty');

const mode = z.enum(['copy', 'move']).default('copy');

/** Stored configuration of a capture-deliver node. */
export const deliverConfig = z.object({
  name: z.string().default(''),
  folder,
  mode,
  nameTemplate: nameTemplateField,
  check: z.enum(targetChecks).default('create'),
});
export type DeliverConfig = z.infer<typeof deliverConfig>;

/** What a message may say otherwise. */
export const deliverInput = z.object({ folder, mode, nameTemplate: nameTemplateField });
