import { setTimeout as delay } from 'node:timers/promises';
import { ReelflowError, toReelflowError } from '../errors.ts';
import { JobGivenUp, JobPostponed } from '../jobs/job-pause.ts';
import type { Clock } from '../time/clock.ts';
import type { CaptureOrder } from './archive.ts';
import { isBetter, qualityOf } from './better.ts';
import { CaptureIntake, isFatalToSpool } from './capture-intake.ts';
import type { CaptureLog } from './capture-log.ts';
import type { CaptureSpool, SpooledCapture } from './capture-spool.ts';
import type { Channel } from './channel.ts';
import type { Chunk, Segment } from './chunk.ts';
import { clearAfterLoss, clearForerunners, removeReplaced } from './chunk-clearing.ts';
import type { ChunkIndex, Lease } from './chunk-index.ts';
import type { ChunkStore } from './chunk-store.ts';
import { judgeChunk } from './chunk-verdict.ts';
import { storeChunk } from './chunk-writer.ts';
import { type Loss, ownSpan, uncovered } from './coverage.ts';
import { decodeSpooled, hasUndecodable, isDecodable } from './decode-check.ts';
import type { Decoder } from './decoder.ts';
import type { LiveSource } from './live-source.ts';
import { seedSpool } from './spool-seed.ts';
import { emptyChunk } from './timeline.ts';
import type { TrackKind } from './track.ts';

export interface CaptureSurroundings {
  index: ChunkIndex;
  spool: CaptureSpool;
  clock: Clock;
  decoder: Decoder;
  /** The channel's sources that can be read from here, the main one first. */
  sources: (channel: Channel) => LiveSource[];
  store: (id: string) => Promise<ChunkStore>;
  /** What the store did with a chunk of the channel; no error: it has it. */
  onStore: (channel: Channel, error: unknown) => void;
  onChunk: (chunk: Chunk, before: Chunk | undefined) => void;
}

export interface CaptureTask {
  order: CaptureOrder;
  channel: Channel;
  lease: Lease;
  log: CaptureLog;
  /** No further attempt will be made. */
  isLastAttempt: boolean;
  abort: AbortSignal;
}

const firstPauseMs = 1000;
const longestPauseMs = 10_000;
/** A source that is away is waited for until this long after the chunk's end; what is in its window then is taken. */
const patienceMs = 60_000;
const triesWhenPast = 3;
const storeIsAway = ['STORE_UNREACHABLE', 'STORE_REFUSED', 'STORE_FULL'];
/** Pauses of a store that is away grow with the age of what it should take. */
const shortestWaitMs = 2000;
const longestWaitMs = 60_000;

/** The chunk is captured; what takes it is away. */
export class StoreAway extends JobPostponed {}

/** Somebody else has the chunk's lease by now: what he makes of it counts. */
export function chunkTaken(): ReelflowError {
  return new ReelflowError('CHUNK_TAKEN', 'another worker has taken this chunk', { isRetryable: true });
}

export function isChunkTaken(reason: unknown): boolean {
  return reason instanceof ReelflowError && reason.code === 'CHUNK_TAKEN';
}

/** Captures one chunk: from the source into the spool, from there into the store, then into the index. */
export async function captureChunk(task: CaptureTask, around: CaptureSurroundings): Promise<void> {
  const { order, channel, lease, log, abort } = task;
  const { index, spool } = around;
  const before = await index.get(channel.name, order.startMs);
  if (before?.state === 'complete' && !before.isPartial) {
    log.stage('mark_chunk_in_progress', 'rejected');
    await spool.discard(channel.name, order.startMs);
    return;
  }
  log.stage('mark_chunk_in_progress', 'done');
  log.stage('capture', 'starting');
  const isStored = before?.state === 'complete';
  if (!isStored)
    await note(
      around,
      lease,
      { ...(before ?? emptyChunk(channel.name, order, order.startMs)), state: 'capturing' },
      before,
    );
  const capture = await spool.open(channel.name, order.startMs);
  try {
    if (isStored) await seedSpool(capture, before, around, channel, { abort, isWanted: isDecodable(before) });
    const intake = new CaptureIntake({
      spool: capture,
      span: order,
      abort,
      note: (line) => log.note(line),
      onSegment: (segment) => showProgress(log, order, capture, segment),
    });
    const trouble = await takeAll(task, around, intake, capture);
    if (capture.segments.length === 0) {
      log.stage('capture', 'failed');
      // It answered, and had nothing: asking again makes nothing of that.
      throw trouble ?? new JobGivenUp('SOURCE_SILENT', 'the source had nothing of this time');
    }
    log.stage('capture', 'done');
    // Better than nothing: where the source had it no more, a player may still show some of it.
    if (isStored) await seedSpool(capture, before, around, channel, { abort });
    await finish(task, around, { capture, intake, before });
  } catch (error) {
    if (!abort.aborted && !isStored && (task.isLastAttempt || error instanceof JobGivenUp)) {
      await giveUp(around, task, capture.segments.length > 0 ? 'uploading' : 'missing', error);
    }
    throw error;
  } finally {
    await capture.close();
    // Nothing to store later: left there, it would be taken up again and again.
    if (capture.segments.length === 0) await spool.discard(channel.name, order.startMs);
  }
  await spool.discard(channel.name, order.startMs);
}

/** All sources in turn, the next only for what is missing still. Answers with the last trouble. */
async function takeAll(
  { order, channel, log, abort }: CaptureTask,
  { clock, sources }: CaptureSurroundings,
  intake: CaptureIntake,
  capture: SpooledCapture,
): Promise<unknown> {
  let trouble: unknown;
  for (const [rank, source] of sources(channel).entries()) {
    if (rank > 0 && !hasHoles(capture, order, intake.losses)) break;
    if (rank > 0) log.note(`source ${rank + 1} is asked for what is missing`);
    for (let tries = 1; ; tries++) {
      try {
        await intake.take(source);
        trouble = undefined;
        break;
      } catch (error) {
        abort.throwIfAborted();
        if (isFatalToSpool(error)) throw error;
        trouble = error;
        log.note(`source: ${toReelflowError(error).message}`);
        const isPast = clock.now() > order.endMs + patienceMs;
        if (rank > 0 ? tries >= 2 : isPast && tries >= triesWhenPast) break;
        const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(tries - 1, 10));
        await delay(pauseMs, undefined, { signal: abort });
      }
    }
  }
  return trouble;
}

function hasHoles(capture: SpooledCapture, order: CaptureOrder, losses: readonly Loss[]): boolean {
  const tracks = Map.groupBy(capture.segments, ({ track }) => track);
  if (tracks.size === 0) return true;
  return [...tracks].some(([track, own]) => uncovered(ownSpan(order, track, losses), own).length > 0);
}

async function finish(
  { order, channel, lease, log, abort }: CaptureTask,
  around: CaptureSurroundings,
  { capture, intake, before }: { capture: SpooledCapture; intake: CaptureIntake; before: Chunk | undefined },
): Promise<void> {
  const { index, clock } = around;
  const tracks = await capture.seal();
  const reach = new Map([...intake.reach, ...(await reachOfNeighbour(index, channel, order))]);
  const judged = judgeChunk({
    channel: channel.name,
    span: { startMs: order.startMs, endMs: order.endMs },
    tracks,
    losses: intake.losses,
    reach,
    fallback: 'SOURCE_SILENT',
    requiredKinds: await requiredKinds(index, channel, order),
    before,
    takeovers: lease.takeovers,
    now: clock.now(),
  });
  const chunk = before && hasUndecodable(before) ? await decodeSpooled(judged, tracks, around.decoder, abort) : judged;
  for (const hole of chunk.holes) {
    log.note(`hole ${new Date(hole.startMs).toISOString()} to ${new Date(hole.endMs).toISOString()}: ${hole.code}`);
  }
  if (before?.state === 'complete') {
    const stored = await index.segments(channel.name, { span: order });
    const own = stored.filter(({ chunkStartMs }) => chunkStartMs === order.startMs);
    const worth = qualityOf(order, own.filter(isDecodable(before)), before.kinds);
    if (!isBetter(qualityOf(order, capture.segments.filter(isDecodable(chunk)), chunk.kinds), worth)) {
      log.stage('s3_put', 'rejected');
      await note(around, lease, { ...before, attempts: chunk.attempts, updatedAt: clock.now() }, before);
      return;
    }
  } else await note(around, lease, notYetStored(chunk, before), before);
  log.report.key = chunk.objects[0]?.key ?? '';
  log.stage('s3_put', 'starting');
  const segments = tracks.flatMap((track) => track.segments);
  const { storeId } = channel;
  const complete: Chunk = { ...chunk, state: 'complete', storeId, storedAt: clock.now() };
  try {
    await storeChunk(
      await around.store(storeId),
      { chunk: complete, segments, tracks },
      { abort, onProgress: (bytes) => log.progress({ bytesStored: bytes }) },
    );
  } catch (error) {
    log.stage('s3_put', 'failed');
    const waiting = () =>
      waitForStore(error, { channel, lease, chunk, before }, around).catch((worse: unknown) => worse);
    const reason: unknown = abort.aborted ? abort.reason : await waiting();
    if (isChunkTaken(reason)) await clearAfterLoss(complete, around);
    throw reason;
  }
  around.onStore(channel, undefined);
  if (!(await index.putLeased(lease, complete, segments))) {
    log.stage('s3_put', 'rejected');
    await clearAfterLoss(complete, around);
    throw chunkTaken();
  }
  log.progress({ progress: 1 });
  log.stage('s3_put', 'done');
  around.onChunk(complete, before);
  try {
    await clearForerunners(complete, lease, around);
    if (before) await removeReplaced(before, complete, around);
  } catch (error) {
    // The chunk is stored; what is too much in the store goes with it when its time is over.
    log.note(`what it took the place of is still in the store: ${toReelflowError(error).message}`);
  }
}

/**
 * However often it is tried: what is put has the same revision, and so the same keys, until it is stored. What it takes
 * the place of (damaged, says the verification) is known until then.
 */
function notYetStored(chunk: Chunk, before: Chunk | undefined): Chunk {
  const { revision = 0, objects = [], storeId } = before ?? {};
  return { ...chunk, revision, objects, ...(storeId === undefined ? {} : { storeId }) };
}

/** A store that is away takes no attempts: what is captured waits in the spool until it is back, however long that takes. */
async function waitForStore(
  error: unknown,
  { channel, lease, chunk, before }: { channel: Channel; lease: Lease; chunk: Chunk; before: Chunk | undefined },
  around: CaptureSurroundings,
): Promise<unknown> {
  const { code, message } = toReelflowError(error);
  const isAway = storeIsAway.includes(code);
  const now = around.clock.now();
  // First: who has lost the chunk was cut off by who has it now, and knows nothing of the store.
  if (isAway && before?.state !== 'complete') {
    await note(around, lease, { ...notYetStored(chunk, before), reason: { code, message }, updatedAt: now }, before);
  }
  around.onStore(channel, error);
  if (!isAway) return error;
  const pauseMs = Math.min(longestWaitMs, Math.max(shortestWaitMs, (now - chunk.endMs) / 4));
  return new StoreAway(code, message, now + pauseMs);
}

/** Where the chunk before ends, when it is stored: its last segment reaches into this one. */
async function reachOfNeighbour(index: ChunkIndex, channel: Channel, order: CaptureOrder): Promise<[string, number][]> {
  const neighbour = await index.segments(channel.name, {
    span: { startMs: order.startMs - 1000, endMs: order.startMs + 1 },
  });
  const own = neighbour.filter(({ chunkStartMs }) => chunkStartMs < order.startMs);
  return own.map(({ track, startMs, durationMs }) => [track, startMs + durationMs]);
}

/** What a chunk must have: as the channel says, otherwise what the last whole one had. */
async function requiredKinds(index: ChunkIndex, channel: Channel, order: CaptureOrder): Promise<readonly TrackKind[]> {
  if (channel.requiredKinds.length > 0) return channel.requiredKinds;
  const [last] = await index.list(channel.name, {
    span: { startMs: 0, endMs: order.startMs },
    states: ['complete'],
    isPartial: false,
    order: 'newest',
    limit: 1,
  });
  return last?.kinds ?? [];
}

function showProgress(log: CaptureLog, order: CaptureOrder, capture: SpooledCapture, added: Segment): void {
  const done = (added.startMs + added.durationMs - order.startMs) / (order.endMs - order.startMs);
  log.progress({
    progress: Math.min(0.99, Math.max(log.report.progress, done)),
    segmentCount: capture.segments.length,
    bytesCaptured: log.report.bytesCaptured + added.length,
  });
}

/** What is captured stays in the spool: it is stored when the store takes it again. */
async function giveUp(
  around: CaptureSurroundings,
  { order, channel, lease }: CaptureTask,
  state: 'missing' | 'uploading',
  error: unknown,
): Promise<void> {
  const { code, message } = toReelflowError(error);
  const before = await around.index.get(channel.name, order.startMs);
  const chunk = before ?? emptyChunk(channel.name, order, order.startMs);
  const now = around.clock.now();
  const next = { ...chunk, state, attempts: chunk.attempts + 1, reason: { code, message }, updatedAt: now };
  await note(around, lease, next, before);
}

async function note(around: CaptureSurroundings, lease: Lease, chunk: Chunk, before: Chunk | undefined): Promise<void> {
  if (!(await around.index.putLeased(lease, chunk))) throw chunkTaken();
  around.onChunk(chunk, before);
}
