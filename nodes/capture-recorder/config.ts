import { z } from 'zod';

const hourMinutes = 60;

/** Stored configuration of a capture-recorder node. */
export const recorderConfig = z.object({
  name: z.string().default(''),
  /** Ids of capture-camera config nodes. Not `inputs`: the editor keeps a node's number of ports there. */
  cameras: z.array(z.string()).default([]),
  manualLimitMinutes: z.coerce
    .number()
    .positive()
    .max(7 * 24 * hourMinutes)
    .default(4 * hourMinutes),
  stallSeconds: z.coerce.number().min(2).max(600).default(10),
  silenceWarningSeconds: z.coerce.number().min(0).max(3600).default(60),
  blackWarningSeconds: z.coerce.number().min(0).max(3600).default(60),
  /** What a pause does: not in the finished file, or in it and listed. */
  pause: z.enum(['leave-out', 'keep']).default('leave-out'),
  retentionDays: z.coerce.number().min(0).max(3650).default(0),
  retentionMinFreeGb: z.coerce.number().min(0).max(100_000).default(2),
});

export type RecorderConfig = z.infer<typeof recorderConfig>;
