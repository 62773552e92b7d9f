import { ReelflowError } from '../errors.ts';
import type { SpooledTrack } from './capture-spool.ts';
import type { Chunk, ChunkObject, Hole, Segment } from './chunk.ts';
import type { ChunkStore, ObjectRange } from './chunk-store.ts';
import type { Decoder } from './decoder.ts';

/** The code of holes that are stored, but cannot be shown. */
const undecodable = 'UNDECODABLE';

/**
 * Pictures at the begin of a chunk may refer to some before it (open groups of pictures): a player that comes from there
 * shows them, and one that begins here leaves them out.
 */
const aboutEarlier = /reference|mmco|missing picture|frame num gap|co located POC|non-existing PPS|no frame/i;

/** One stretch of a track with one timeline and one init: what a player gives to its decoder in one go. */
interface Run {
  segments: Segment[];
  init: ChunkObject['inits'][number] | undefined;
}

/** What of a chunk's segments cannot be decoded, as holes of it, each of whole segments. */
export async function decodeCheck(
  chunk: Chunk,
  segments: readonly Segment[],
  { store, decoder, abort }: { store: Pick<ChunkStore, 'read'>; decoder: Decoder; abort: AbortSignal },
): Promise<Hole[]> {
  const holes: Hole[] = [];
  // Text is read, not decoded: a decoder would make no frame of it, whatever its container.
  const isText = ({ container, rendition }: ChunkObject) => container === 'webvtt' || rendition?.type === 'text';
  for (const object of chunk.objects.filter((one) => !isText(one))) {
    const own = segments.filter(({ track }) => track === object.track).toSorted((a, b) => a.offset - b.offset);
    for (const run of runsOf(own, object)) {
      const { frameCount, faults } = await decoder.decode(bytesOf(run, object, store, abort), object.container, abort);
      const bad = new Set(frameCount === 0 ? run.segments : faults.flatMap((fault) => segmentOf(run, fault) ?? []));
      holes.push(...holesOf(run.segments.filter((segment) => bad.has(segment))));
    }
  }
  return holes;
}

/** The chunk with what was found now in the place of what was found before; itself where that is nothing. */
export function withUndecodable(chunk: Chunk, found: readonly Hole[]): Chunk {
  const others = chunk.holes.filter(({ code }) => code !== undecodable);
  if (found.length === 0 && others.length === chunk.holes.length) return chunk;
  const holes = [...others, ...found].sort((a, b) => a.startMs - b.startMs);
  return { ...chunk, holes, isPartial: holes.length > 0 || chunk.missingKinds.length > 0 };
}

export function hasUndecodable({ holes }: Pick<Chunk, 'holes'>): boolean {
  return holes.some(({ code }) => code === undecodable);
}

/** A chunk that was captured anew, with what of it cannot be decoded: what the source gave may be as bad as before. */
export async function decodeSpooled(
  chunk: Chunk,
  tracks: readonly SpooledTrack[],
  decoder: Decoder,
  abort: AbortSignal,
): Promise<Chunk> {
  const read: ChunkStore['read'] = async (key, range) => {
    const spooled = tracks[chunk.objects.findIndex((object) => object.key === key)];
    if (!spooled) throw new ReelflowError('OBJECT_UNKNOWN', `${key} was not captured`);
    return sliced(spooled.read(), range);
  };
  const segments = tracks.flatMap((track) => track.segments);
  return withUndecodable(chunk, await decodeCheck(chunk, segments, { store: { read }, decoder, abort }));
}

async function* sliced(
  bytes: AsyncIterable<Uint8Array>,
  { start, end = Number.POSITIVE_INFINITY }: ObjectRange,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const piece of bytes) {
    const part = piece.subarray(Math.max(0, start - at), Math.max(0, end - at));
    if (part.length > 0) yield part;
    at += piece.length;
    if (at >= end) return;
  }
}

/** Whether a segment of a stored chunk is not known to be undecodable. */
export function isDecodable({ holes }: Pick<Chunk, 'holes'>): (segment: Pick<Segment, 'track' | 'startMs'>) => boolean {
  const bad = holes.filter(({ code }) => code === undecodable);
  return ({ track, startMs }) =>
    !bad.some((hole) => hole.track === track && hole.startMs <= startMs && startMs < hole.endMs);
}

function runsOf(segments: readonly Segment[], { inits }: ChunkObject): Run[] {
  const runs: Run[] = [];
  for (const segment of segments) {
    const last = runs.at(-1);
    const before = last?.segments.at(-1);
    if (last && !segment.isDiscontinuity && before?.initId === segment.initId) last.segments.push(segment);
    else runs.push({ segments: [segment], init: inits.find(({ initId }) => initId === segment.initId) });
  }
  return runs;
}

async function* bytesOf(
  { init, segments }: Run,
  { key }: ChunkObject,
  store: Pick<ChunkStore, 'read'>,
  abort: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (const range of joined([...(init ? [init] : []), ...segments])) yield* await store.read(key, range, abort);
}

/** What lies one behind the other is read in one go. */
function joined(stretches: readonly { offset: number; length: number }[]): { start: number; end: number }[] {
  const ranges: { start: number; end: number }[] = [];
  for (const { offset, length } of stretches) {
    const last = ranges.at(-1);
    if (last?.end === offset) last.end = offset + length;
    else ranges.push({ start: offset, end: offset + length });
  }
  return ranges;
}

function segmentOf({ segments }: Run, { atMs, message }: { atMs: number; message: string }): Segment | undefined {
  const [first] = segments;
  if (!first || (atMs < first.durationMs && aboutEarlier.test(message))) return undefined;
  return segments.find(({ startMs, durationMs }) => first.startMs + atMs < startMs + durationMs) ?? segments.at(-1);
}

/** Neighbours make one hole. */
function holesOf(segments: readonly Segment[]): Hole[] {
  const holes: Hole[] = [];
  for (const { track, startMs, durationMs, sequence } of segments) {
    const last = holes.at(-1);
    const endMs = startMs + durationMs;
    if (last?.sequences && Math.abs(last.endMs - startMs) < 1) {
      last.endMs = endMs;
      last.sequences.last = sequence;
    } else holes.push({ startMs, endMs, track, code: undecodable, sequences: { first: sequence, last: sequence } });
  }
  return holes;
}
