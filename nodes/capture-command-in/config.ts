import { z } from 'zod';

/** Stored configuration of a capture-command-in node. */
export const commandInConfig = z.object({
  name: z.string().default(''),
  /** `lamp/on`; `lamp/#` takes all that begin with `lamp/` and have no node of their own. */
  verb: z.string().default(''),
  /** Least role of the sender. */
  role: z.enum(['viewer', 'operator', 'admin']).default('operator'),
  /** flow: what comes back to the input is the answer. now: answered at once, the flow does what it does. */
  answer: z.enum(['flow', 'now']).default('flow'),
  timeoutSeconds: z.coerce.number().min(0.1).max(3600).default(10),
});

export type CommandInConfig = z.infer<typeof commandInConfig>;
