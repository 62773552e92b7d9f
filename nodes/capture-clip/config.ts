import { z } from 'zod';
import { clipGaps } from '../core/clips/clip.ts';

/** Stored configuration of a capture-clip node. */
export const clipConfig = z.object({
  name: z.string().default(''),
  /** A message may name another one. */
  channel: z.string().trim().default(''),
  /** So much up to now, where a message names no range. */
  lastSeconds: z.coerce.number().min(1).max(86_400).default(60),
  gap: z.enum(clipGaps).default('skip'),
});

export type ClipConfig = z.infer<typeof clipConfig>;

const instant = z.union([
  z.number().int(),
  z.iso.datetime({ offset: true, error: 'must be epoch milliseconds or a time with its zone' }).transform(Date.parse),
]);

/** What one message can say over the configuration. */
export const clipInput = z.object({
  channel: z.string().min(1, 'must be the name of a channel'),
  start: instant.optional(),
  end: instant.optional(),
  gap: z.enum(clipGaps),
  title: z.string().max(200).default(''),
});
