import { z } from 'zod';
import { clipGaps } from '../core/clips/clip.ts';
import { rangeConfig, rangeInput } from '../kit/range-input.ts';

/** Stored configuration of a capture-clip node. */
export const clipConfig = z.object({
  name: z.string().default(''),
  ...rangeConfig,
  gap: z.enum(clipGaps).default('skip'),
});

export type ClipConfig = z.infer<typeof clipConfig>;

/** What one message can say over the configuration. */
export const clipInput = z.object({
  ...rangeInput,
  gap: z.enum(clipGaps),
  title: z.string().max(200).default(''),
});
