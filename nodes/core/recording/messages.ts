import { z } from 'zod';
import { ReelflowError } from '../errors.ts';
import type { EventMessage } from '../schedule/event.ts';
import type { RecordMessage } from './recording.ts';

const instant = z.number().int().nonnegative();

const attachment = z.object({
  filename: z.string().optional(),
  mimeType: z.string().optional(),
  uri: z.string().optional(),
  text: z.string().optional(),
});

/** `msg.payload` under the topic `event`; what flows leave out is filled in. */
export const eventMessageSchema = z.object({
  action: z.enum(['prepare', 'start', 'update', 'stop', 'cancel']),
  event: z
    .object({
      uid: z.string().min(1),
      start: instant,
      end: instant,
      title: z.string().default('Untitled'),
      location: z.string().optional(),
      series: z.string().optional(),
      description: z.string().optional(),
      inputs: z.array(z.string()).default([]),
      properties: z.record(z.string(), z.string()).default({}),
      attachments: z.array(attachment).default([]),
    })
    .refine((event) => event.end > event.start, { path: ['end'], message: 'must be after start' }),
});

/** It comes to stand in logs, lists and file names. */
export const recordingTitle = z
  .string()
  .max(500)
  .regex(/^\P{Cc}*$/u, 'must be one line of text');

/** What a person says of a recording that is started by hand. */
export const recordingMetadata = {
  creator: z.string().min(1).max(500).optional(),
  description: z.string().max(5000).optional(),
  seriesId: z.string().min(1).max(200).optional(),
  book: z.boolean().optional(),
};

/** `msg.payload` under the topic `record`. */
export const recordMessageSchema = z.object({
  action: z.enum(['start', 'stop', 'extend', 'pause', 'resume']),
  id: z.string().min(1).optional(),
  title: recordingTitle.optional(),
  durationMs: z.number().int().positive().optional(),
  inputs: z.array(z.string()).optional(),
  ...recordingMetadata,
  byMs: z.number().int().optional(),
});

/** Which of the two a payload is, by what is in it; anything else is refused with MESSAGE_INVALID and the field. */
export function readRecorderMessage(
  payload: unknown,
): { kind: 'event'; message: EventMessage } | { kind: 'record'; message: RecordMessage } {
  if (typeof payload === 'object' && payload !== null && 'event' in payload) {
    return { kind: 'event', message: read(eventMessageSchema, payload) as EventMessage };
  }
  return { kind: 'record', message: read(recordMessageSchema, payload) as RecordMessage };
}

function read<T>(schema: z.ZodType<T>, payload: unknown): T {
  const result = schema.safeParse(payload);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = ['payload', ...(issue?.path ?? [])].join('.');
  throw new ReelflowError('MESSAGE_INVALID', `${field}: ${issue?.message ?? 'is not understood'}`, { field });
}
