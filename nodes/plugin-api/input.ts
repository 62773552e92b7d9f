import { z } from 'zod';
import { readArguments } from '../core/bus/read-arguments.ts';
import { ReelflowError, toReelflowError } from '../core/errors.ts';

/** Time with zone, e.g. `2026-11-21T10:15:00.000Z`; becomes epoch ms. */
export const instant = z.iso
  .datetime({ offset: true, error: 'must be a time with its zone, such as 2026-11-21T10:15:00.000Z' })
  .transform((text) => Date.parse(text));

/** Checks what came in the query. Throws QUERY_INVALID with the field. */
export function readQuery<T>(query: URLSearchParams, schema: z.ZodType<T>): T {
  try {
    return readArguments(schema, Object.fromEntries(query));
  } catch (thrown) {
    const { message, field } = toReelflowError(thrown);
    throw new ReelflowError('QUERY_INVALID', message, field === undefined ? {} : { field });
  }
}
