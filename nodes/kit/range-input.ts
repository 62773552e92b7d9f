import { z } from 'zod';
import type { Span } from '../core/archive/chunk.ts';

/** Settings of nodes that are told a range of a live channel. */
export const rangeConfig = {
  /** A message may name another one. */
  channel: z.string().trim().default(''),
  /** So much up to now, where a message names no range. */
  lastSeconds: z.coerce.number().min(1).max(86_400).default(60),
};

const instant = z.union([
  z.number().int(),
  z.iso.datetime({ offset: true, error: 'must be epoch milliseconds or a time with its zone' }).transform(Date.parse),
]);

/** What one message can say of it. */
export const rangeInput = {
  channel: z.string().min(1, 'must be the name of a channel'),
  start: instant.optional(),
  end: instant.optional(),
};

/** Where in a message that stands. */
export const rangeProperties = { channel: 'payload.channel', start: 'payload.start', end: 'payload.end' } as const;

/** The range that is meant: up to now without an end, as long as the node says without a start. */
export function meantSpan(
  given: { start?: number | undefined; end?: number | undefined },
  lastSeconds: number,
  now: number,
): Span {
  const endMs = given.end ?? now;
  return { startMs: given.start ?? endMs - lastSeconds * 1000, endMs };
}
