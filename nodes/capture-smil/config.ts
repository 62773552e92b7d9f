import { z } from 'zod';
import { smilStyles } from '../core/playback/smil.ts';
import { rangeConfig, rangeInput } from '../kit/range-input.ts';

/** Stored configuration of a capture-smil node. */
export const smilConfig = z.object({
  name: z.string().default(''),
  ...rangeConfig,
  style: z.enum(smilStyles).default('npvr'),
  /** What addresses begin with; empty: this machine's own name for itself. */
  base: z
    .string()
    .trim()
    .regex(/^(https?:\/\/[^\s/@]+)?\/?$/, 'must be such as http://host:1880')
    .transform((text) => text.replace(/\/$/, ''))
    .default(''),
});

export type SmilConfig = z.infer<typeof smilConfig>;

/** What one message can say over the configuration. */
export const smilInput = z.object({ ...rangeInput, style: z.enum(smilStyles) });
