import { z } from 'zod';

/** Stored configuration of a capture-probe node. */
export const probeConfig = z.object({
  name: z.string().default(''),
  /** Whether a camera that can not be reached leaves by the first output too. */
  failed: z.enum(['pass', 'hold']).default('pass'),
});
export type ProbeConfig = z.infer<typeof probeConfig>;
