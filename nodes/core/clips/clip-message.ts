import { z } from 'zod';
import { redact } from '../redact.ts';
import { time } from '../restream/restream-message.ts';
import { type ClipEvent, clipEventStates } from './clip.ts';

const count = z.int().min(0);

/** `event/clip` */
export const clipEventMessage = z
  .object({
    at: time,
    id: z.string(),
    channel: z.string(),
    start: time.meta({ description: 'Of the range that was asked for' }),
    end: time,
    title: z.string(),
    state: z.enum(clipEventStates),
    sizeBytes: count.optional().meta({ description: 'Of a finished file, as all that follows but error' }),
    durationMs: count.optional(),
    gapCount: count.optional().meta({ description: 'Stretches that were left out' }),
    error: z.object({ code: z.string(), message: z.string() }).optional().meta({ description: 'Why it failed' }),
  })
  .meta({ id: 'ClipEvent', description: 'What became of a clip, a file of a range of a live channel' });

export type ClipEventMessage = z.infer<typeof clipEventMessage>;

/** What others hear of a clip. */
export function clipEventOf(at: number, { state, clip: { job, result } }: ClipEvent): ClipEventMessage {
  const { channel, startMs, endMs, title } = job.data;
  return {
    at: iso(at),
    id: job.id,
    channel,
    start: iso(startMs),
    end: iso(endMs),
    title,
    state,
    ...(result
      ? {
          sizeBytes: result.sizeBytes,
          durationMs: Math.round(result.durationMs),
          gapCount: result.gaps.length,
        }
      : {}),
    ...(state === 'failed' && job.error ? { error: { code: job.error.code, message: redact(job.error.message) } } : {}),
  };
}

function iso(epochMs: number): string {
  return new Date(Math.round(epochMs)).toISOString();
}
