import { z } from 'zod';
import { minuteOfDay } from '../core/ingest/upload-window.ts';
import { type NamedLines, readLines } from './named-lines.ts';

const flavorPattern = /^[A-Za-z0-9_-]+\/[A-Za-z0-9_+-]+$/;

/** `name = value`, one a line. */
function lines(problem: (value: string) => string | undefined) {
  return z
    .string()
    .default('')
    .transform((text, context): NamedLines => {
      const { values, problem: wrong } = readLines(text, problem);
      if (wrong) context.addIssue({ code: 'custom', message: wrong });
      return values;
    });
}

const timeOfDay = z
  .string()
  .trim()
  .default('')
  .refine((text) => text === '' || minuteOfDay(text) !== undefined, 'must be a time such as 22:00, or empty');

const workflow = z
  .string()
  .trim()
  .max(200)
  .default('')
  .refine((id) => !/\s/.test(id), 'must be the id of a workflow definition, such as schedule-and-upload');

const hours = 60;

/** Stored configuration of a capture-ingest node. */
export const ingestConfig = z
  .object({
    name: z.string().default(''),
    /** Id of a capture-opencast node. */
    core: z.string().default(''),
    workflow,
    workflowParameters: lines(() => undefined),
    flavors: lines((value) => (flavorPattern.test(value) ? undefined : 'is not a flavor such as presenter/source')),
    tags: lines(() => undefined),
    degradedTag: z.string().trim().max(64).default('degraded'),
    /** Comma lists. */
    readRoles: z.string().default(''),
    writeRoles: z.string().default(''),
    delayMinMinutes: z.coerce
      .number()
      .min(0)
      .max(24 * hours)
      .default(0),
    delayMaxMinutes: z.coerce
      .number()
      .min(0)
      .max(24 * hours)
      .default(0),
    /** Mbit/s; 0: no limit. */
    rateMbit: z.coerce.number().min(0).max(100_000).default(0),
    windowFrom: timeOfDay,
    windowTo: timeOfDay,
    parallel: z.coerce.number().int('must be a whole number').min(1).max(16).default(2),
    isOnHold: z.boolean().default(false),
    keepsFiles: z.boolean().default(true),
    onLostReply: z.enum(['resend', 'ask']).default('resend'),
  })
  .superRefine((config, context) => {
    const issue = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (config.delayMaxMinutes < config.delayMinMinutes) {
      issue('delayMaxMinutes', `must be at least ${config.delayMinMinutes}, the shortest delay`);
    }
    if ((config.windowFrom === '') !== (config.windowTo === '')) {
      issue('windowTo', 'must be set together with the beginning, or both left empty');
    }
  });

export type IngestConfig = z.infer<typeof ingestConfig>;

/** What a message may say otherwise. */
export const ingestInput = z.object({
  workflow,
  parameters: z.record(z.string(), z.coerce.string()).default({}),
  isOnHold: z.boolean().default(false),
});
