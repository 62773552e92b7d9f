import { z } from 'zod';
import { sourceKinds } from '../core/archive/channel.ts';
import { parseDuration } from '../core/archive/duration.ts';
import { trackKinds } from '../core/archive/track.ts';
import { ReelflowError } from '../core/errors.ts';

const duration = (example: string) =>
  z
    .string()
    .trim()
    .default(example)
    .transform((text, context) => {
      try {
        return parseDuration(text || example, '');
      } catch (error) {
        const message = error instanceof ReelflowError ? error.message.replace(/^: /, '') : String(error);
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      }
    });

/** Stored configuration of a capture-channel node; user and password of the source are credentials. */
export const channelConfig = z.object({
  name: z.string().default(''),
  /** Empty: the node hears of every channel. */
  channel: z
    .string()
    .trim()
    .regex(/^([A-Za-z0-9][A-Za-z0-9._-]{0,63})?$/, 'must be 1 to 64 letters, digits, dots, hyphens and underscores')
    .default(''),
  /** Empty: the channel is configured elsewhere, the node only hears of it. */
  sourceUrl: z.string().trim().default(''),
  /** A redundant source. */
  secondUrl: z.string().trim().default(''),
  sourceKind: z.enum(sourceKinds).default('auto'),
  chunkDuration: duration('PT5M'),
  retention: duration('P7D'),
  /** GB; 0: no limit. */
  retentionGb: z.coerce.number().min(0).max(1_000_000).default(0),
  /** Id of a capture-s3 config node; empty: where it is, a new channel in the station's own store or the folder. */
  store: z.string().default(''),
  requiredKinds: z.array(z.enum(trackKinds)).default([]),
  isHlsEncrypted: z.boolean().default(false),
});

export type ChannelConfig = z.infer<typeof channelConfig>;
