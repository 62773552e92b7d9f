import { z } from 'zod';

/** Stored configuration of a capture-command node. */
export const commandConfig = z.object({
  name: z.string().default(''),
  /** Agent name, `all` or `group/<name>`; empty: this agent. */
  target: z.string().default(''),
  verb: z.string().default(''),
  timeoutSeconds: z.coerce.number().min(0.1).max(3600).default(10),
});

export type CommandConfig = z.infer<typeof commandConfig>;

/** What one message asks for: `msg.target` and `msg.verb` come before the node's own fields. */
export const commandInput = z.object({
  target: z.string().default(''),
  verb: z.string().min(1),
  timeoutSeconds: z.coerce.number().min(0.1).max(3600),
  id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be 1 to 128 letters, digits, - and _')
    .optional(),
  at: z.union([z.number(), z.iso.datetime({ offset: true })]).optional(),
});

export type CommandInput = z.infer<typeof commandInput>;
