import { z } from 'zod';
import { redact } from '../redact.ts';
import { time } from '../restream/restream-message.ts';
import type { Chunk, ChunkState } from './chunk.ts';
import { trackKinds } from './track.ts';

const count = z.int().min(0);
const problem = z.object({ code: z.string(), message: z.string() });

const outcomes = ['complete', 'missing'] as const;

/** `event/chunk` */
export const chunkEventMessage = z
  .object({
    at: time,
    channel: z.string(),
    start: time,
    end: time,
    state: z.enum(outcomes),
    isPartial: z.boolean().meta({ description: 'Stored with holes, or without a kind of track that it should have' }),
    revision: count.meta({ description: 'Above 1: it took the place of a worse one' }),
    sizeBytes: count,
    keys: z.array(z.string()).meta({ description: 'Of its objects in the store' }),
    holes: z.array(
      z.object({
        start: time,
        end: time,
        track: z.string(),
        kind: z.enum(trackKinds).optional(),
        sequences: z.object({ first: count, last: count }).optional(),
        code: z.string(),
      }),
    ),
    missingKinds: z.array(z.enum(trackKinds)),
    reason: problem.optional().meta({ description: 'Why it is missing' }),
  })
  .meta({ id: 'ChunkEvent', description: 'A chunk of a live channel was stored, or is missing for good' });

/** `event/channel` */
export const channelEventMessage = z
  .object({
    at: time,
    channel: z.string(),
    trouble: problem.nullable().meta({ description: 'Null: its source can be read again' }),
  })
  .meta({ id: 'ChannelEvent' });

export type ChunkEventMessage = z.infer<typeof chunkEventMessage>;

function isOutcome(state: ChunkState): state is (typeof outcomes)[number] {
  return outcomes.some((one) => one === state);
}

/** A chunk was stored, a better one took its place, or it is missing: not what is under way, nor what was told before. */
export function isNews(chunk: Chunk, before: Chunk | undefined): boolean {
  const isKnown =
    before?.state === chunk.state &&
    before.revision === chunk.revision &&
    before.isPartial === chunk.isPartial &&
    before.reason?.code === chunk.reason?.code;
  return isOutcome(chunk.state) && !isKnown;
}

/** What others hear of a chunk; undefined where there is no news. */
export function chunkEventOf(at: number, chunk: Chunk, before: Chunk | undefined): ChunkEventMessage | undefined {
  const { channel, startMs, endMs, state, isPartial, revision, sizeBytes, objects, holes, missingKinds, reason } =
    chunk;
  if (!isOutcome(state) || !isNews(chunk, before)) return undefined;
  return {
    at: iso(at),
    channel,
    start: iso(startMs),
    end: iso(endMs),
    state,
    isPartial,
    revision,
    sizeBytes,
    keys: objects.map(({ key }) => key),
    holes: holes.map(({ startMs: from, endMs: to, ...hole }) => ({ start: iso(from), end: iso(to), ...hole })),
    missingKinds,
    ...(reason && state === 'missing' ? { reason: { code: reason.code, message: redact(reason.message) } } : {}),
  };
}

export function channelEventOf(
  at: number,
  channel: string,
  trouble: { code: string; message: string } | undefined,
): z.infer<typeof channelEventMessage> {
  return { at: iso(at), channel, trouble: trouble ? { code: trouble.code, message: redact(trouble.message) } : null };
}

function iso(epochMs: number): string {
  return new Date(Math.round(epochMs)).toISOString();
}
