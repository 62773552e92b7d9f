import type { z } from 'zod';
import { readArguments } from '../bus/read-arguments.ts';
import { ReelflowError, toReelflowError } from '../errors.ts';

/** Checks `msg.payload`. Throws MESSAGE_INVALID with the field's path; never repeats texts. */
export function readPayload<T>(schema: z.ZodType<T>, payload: unknown): T {
  try {
    return readArguments(schema, payload);
  } catch (thrown) {
    const { message, field } = toReelflowError(thrown);
    const place = field === undefined ? 'payload' : `payload.${field}`;
    throw new ReelflowError('MESSAGE_INVALID', `payload${field === undefined ? ': ' : '.'}${message}`, {
      field: place,
    });
  }
}
