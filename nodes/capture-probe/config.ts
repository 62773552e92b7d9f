import { z } from 'zod';

/** Stored configuration of a capture-probe node. */
export const probeConfig = z.object({
  name: z.string().default(''),
  /** Whether a camera that can not be reached leaves by the first output too. */
  failed: z.enum(['pass', 'hold']).default('pass'),
  /** Whether the second output has a picture; `msg.snapshot` says it for one message. */
  snapshot: z.boolean().default(false),
});
/** What one message can say over the configuration. */
export const pictureInput = probeConfig.pick({ snapshot: true });
export type ProbeConfig = z.infer<typeof probeConfig>;
