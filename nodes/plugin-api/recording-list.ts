import { z } from 'zod';
import { type Recording, recordingStates } from '../core/recording/recording.ts';
import type { RecordingPlace, Recordings } from '../core/recording/recordings.ts';
import { instant } from './input.ts';

const listed = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(z.enum(recordingStates, { error: `each must be one of ${recordingStates.join(', ')}` })));

export const recordingListQuery = z.object({
  state: listed.optional(),
  limit: z.coerce
    .number({ error: 'must be a number' })
    .int('must be a whole number')
    .min(1, 'must be 1 or more')
    .max(1000, 'must be 1000 or less')
    .default(200),
  from: instant.optional(),
  q: z.string().max(200, 'must be 200 characters or less').optional(),
  problem: z.enum(['true', 'false'], { error: 'must be true or false' }).optional(),
  cursor: z
    .string()
    .transform((text, context): RecordingPlace => {
      const place = placeOf(text);
      if (place) return place;
      context.addIssue({ code: 'custom', message: 'must be the "next" of an earlier answer' });
      return z.NEVER;
    })
    .optional(),
});

/** One page of the list, newest planned start first, and where the next one begins; absent behind the last one. */
export function recordingPage(
  recordings: Recordings,
  { state, limit, from, q, problem, cursor }: z.infer<typeof recordingListQuery>,
): { page: Recording[]; next: string | undefined } {
  // One more than asked for tells whether there are any.
  const found = recordings.list({
    limit: limit + 1,
    ...(state && { states: state }),
    ...(from !== undefined && { from }),
    ...(q !== undefined && { search: q }),
    ...(problem === 'true' && { hasProblem: true }),
    ...(cursor && { after: cursor }),
  });
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return { page, next: last && found.length > limit ? cursorOf(last) : undefined };
}

/** Opaque to who uses it; not a row number, so that pages neither repeat nor skip when recordings come and go. */
function cursorOf({ plannedStart, createdAt, id }: RecordingPlace): string {
  return Buffer.from(JSON.stringify([plannedStart, createdAt, id])).toString('base64url');
}

const place = z.tuple([z.number(), z.number(), z.string()]);

function placeOf(cursor: string): RecordingPlace | undefined {
  try {
    const [plannedStart, createdAt, id] = place.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    return { plannedStart, createdAt, id };
  } catch {
    return undefined;
  }
}
