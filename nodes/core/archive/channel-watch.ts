import type { Alarms } from '../alarms/alarms.ts';
import { toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock, Dispose } from '../time/clock.ts';
import type { InstantLoop } from '../time/instant-loop.ts';
import type { ArchiveEvent, CaptureOrder } from './archive.ts';
import { hasHolesIn } from './better.ts';
import type { CaptureDesk } from './capture-desk.ts';
import type { Channel } from './channel.ts';
import type { Chunk, Span } from './chunk.ts';
import type { ChunkIndex } from './chunk-index.ts';
import { chunkSpans, chunkStart, chunksToCapture } from './chunk-plan.ts';
import type { LiveSource, SourceWindow } from './live-source.ts';
import { emptyChunk } from './timeline.ts';

export interface WatchSurroundings {
  index: ChunkIndex;
  desk: CaptureDesk;
  clock: Clock;
  loop: InstantLoop;
  alarms: Alarms;
  log: Log;
  source: (channel: Channel) => LiveSource;
  tell: (event: ArchiveEvent) => void;
}

const shortestLookMs = 1000;
const longestLookMs = 15_000;
const lookTimeoutMs = 30_000;
/** One failed look may be chance. */
const alarmAfter = 2;
/** Orders made in one look: the rest of a week's window comes with the next ones. */
const mostOrders = 200;
const mostMissing = 20_000;
const mostAttempts = 3;
/** After the first attempt; four times as long after each further one. */
const againAfterMs = 5000;
const againAfterFailureMs = 10 * 60_000;

/** Looks at a channel's source again and again, and orders what it has and the archive has not. */
export class ChannelWatch {
  channel: Channel;
  window: (SourceWindow & { askedAt: number }) | undefined;
  trouble: { code: string; message: string; since: number } | undefined;
  readonly #around: WatchSurroundings;
  readonly #stop = new AbortController();
  #failures = 0;
  #planTrouble: string | undefined;
  #next: Dispose = () => {};
  #looking: Promise<void> | undefined;
  #isDueAgain = false;

  constructor(channel: Channel, around: WatchSurroundings) {
    this.channel = channel;
    this.#around = around;
    this.look();
  }

  /** Now, or right after the look that is under way. */
  look(): void {
    if (this.#stop.signal.aborted) return;
    if (this.#looking) {
      this.#isDueAgain = true;
      return;
    }
    this.#next();
    this.#looking = this.#look().finally(() => {
      this.#looking = undefined;
      if (this.#stop.signal.aborted) return;
      if (this.#isDueAgain) {
        this.#isDueAgain = false;
        this.look();
        return;
      }
      const pauseMs = Math.min(longestLookMs, Math.max(shortestLookMs, this.channel.chunkMs / 4));
      this.#next = this.#around.loop.after(pauseMs, () => this.look());
    });
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#next();
    this.#around.alarms.clear(this.#alarm);
    await this.#looking;
  }

  get #alarm(): string {
    return `channel-away:${this.channel.name}`;
  }

  async #look(): Promise<void> {
    const { clock, source, log } = this.#around;
    const abort = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(lookTimeoutMs)]);
    let window: SourceWindow;
    try {
      window = await source(this.channel).window(abort);
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#fail(error);
      return;
    }
    const isFirst = this.window === undefined;
    this.window = { ...window, askedAt: clock.now() };
    this.#recover(isFirst);
    try {
      await this.#plan(window);
      this.#planTrouble = undefined;
    } catch (error) {
      // Tried again with the next look; a database that is away for an hour is one line.
      const { message } = toReelflowError(error);
      if (this.#planTrouble !== message) log.error(`channel ${this.channel.name}: ${message}`);
      this.#planTrouble = message;
    }
  }

  async #plan(window: SourceWindow): Promise<void> {
    const { index, desk, source } = this.#around;
    const { name, chunkMs, retentionMs } = this.channel;
    // By the source's time: a clock of ours that is wrong must not end captures.
    const kept: Span = { startMs: Math.max(window.startMs, window.endMs - retentionMs), endMs: window.endMs };
    if (kept.startMs >= kept.endMs) return;
    const span = { startMs: chunkStart(kept.startMs, chunkMs), endMs: kept.endMs + 1 };
    // In this order: a job that ends in between is seen as pending, or its chunk as stored.
    const pending = await desk.allPending(name);
    const known = await index.list(name, { span });
    await this.#noteMissing(span.startMs, pending);
    const failed = await this.#failedLately(known.filter(({ startMs }) => !pending.has(startMs)));
    const wanted = chunksToCapture(kept, chunkMs, known, (chunk) => this.#wantsAgain(chunk, kept, failed));
    for (const { startMs, endMs } of wanted.filter((slot) => !pending.has(slot.startMs)).slice(0, mostOrders)) {
      const order: CaptureOrder = { channel: name, startMs, endMs };
      const isLive = endMs > window.endMs && !window.isEnded;
      if (source(this.channel).isLocal) await desk.addOwn(order);
      else await desk.add(order, isLive ? 'archive-live' : 'archive-backfill');
    }
  }

  /** Starts of chunks whose job gave up a short while ago. */
  async #failedLately(chunks: readonly Chunk[]): Promise<ReadonlySet<number>> {
    const { desk, clock } = this.#around;
    const failed = new Set<number>();
    for (const { channel, startMs, endMs, state } of chunks) {
      if (state === 'complete' || state === 'expired') continue;
      const last = await desk.last({ channel, startMs, endMs });
      if (last?.state !== 'failed') continue;
      if (Math.abs(clock.now() - last.updatedAt) <= againAfterFailureMs) failed.add(startMs);
    }
    return failed;
  }

  #wantsAgain(chunk: Chunk, window: Span, failed: ReadonlySet<number>): boolean {
    const { clock } = this.#around;
    const ageMs = Math.abs(clock.now() - chunk.updatedAt);
    if (chunk.state === 'complete') {
      const open = chunk.holes.filter(({ kind }) => kind === undefined);
      const pauseMs = againAfterMs * 4 ** Math.max(0, chunk.attempts - 1);
      return chunk.attempts < mostAttempts && ageMs > pauseMs && hasHolesIn({ holes: open }, window);
    }
    if (chunk.reason?.code === 'JOB_CANCELLED') return false;
    return !failed.has(chunk.startMs);
  }

  /** Chunks that the source had let go before anybody took them: after an outage of ours, or of the source. */
  async #noteMissing(windowStart: number, pending: ReadonlySet<number>): Promise<void> {
    const { index, clock, tell } = this.#around;
    const { name, chunkMs, createdAt } = this.channel;
    const [last] = await index.list(name, { order: 'newest', limit: 1, span: { startMs: 0, endMs: windowStart } });
    const from = Math.max(last?.endMs ?? windowStart, createdAt, windowStart - mostMissing * chunkMs);
    if (from >= windowStart) return;
    const reason = { code: 'SOURCE_AWAY', message: 'the source had it no more when it was asked again' };
    for (const slot of chunkSpans({ startMs: from, endMs: windowStart }, chunkMs)) {
      const { startMs, endMs } = slot;
      if (endMs > windowStart || pending.has(startMs)) continue;
      const chunk: Chunk = { ...emptyChunk(name, slot, clock.now()), state: 'missing', reason };
      // Unless somebody has it, or has noted it, by now.
      if (await index.replace(undefined, chunk)) tell({ kind: 'chunk', chunk });
    }
  }

  #fail(error: unknown): void {
    const { clock, alarms, tell } = this.#around;
    const { code, message } = toReelflowError(error, 'SOURCE_UNREACHABLE');
    this.#failures += 1;
    if (this.trouble?.message !== message) {
      this.trouble = { code, message, since: this.trouble?.since ?? clock.now() };
      tell({ kind: 'trouble', name: this.channel.name, trouble: this.trouble });
    }
    if (this.#failures < alarmAfter) return;
    alarms.raise(this.#alarm, { severity: 'error', code, message: `channel ${this.channel.name}: ${message}` });
  }

  /** @param isFirst nobody knows yet how it is: an earlier run may have told of trouble */
  #recover(isFirst: boolean): void {
    this.#failures = 0;
    this.#around.alarms.clear(this.#alarm);
    if (!this.trouble && !isFirst) return;
    this.trouble = undefined;
    this.#around.tell({ kind: 'trouble', name: this.channel.name });
  }
}
