import { z } from 'zod';

const trackSchema = z.object({
  kind: z.enum(['video', 'audio']),
  /** FFmpeg's name: `h264`, `hevc`, `mjpeg`, `aac`, `pcm_alaw`. */
  codec: z.string(),
  width: z.int().optional(),
  height: z.int().optional(),
  framesPerSecond: z.number().optional(),
  /** Pictures come in another order than they are shown in. */
  hasReordering: z.boolean().optional(),
  sampleRate: z.int().optional(),
  channels: z.int().optional(),
});

/** What a look at a camera found; made by capture-probe, travels with the camera. */
export const probeResultSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), at: z.number(), tracks: z.array(trackSchema) }),
  /** `reason` is the class, `message` in words without secrets. */
  z.object({ ok: z.literal(false), at: z.number(), reason: z.string(), message: z.string() }),
]);

export type ProbeResult = z.infer<typeof probeResultSchema>;
