import { isoSeconds } from '../archive/chunk-key.ts';
import { ReelflowError, toReelflowError } from '../errors.ts';
import { JobGivenUp, JobPostponed } from '../jobs/job-pause.ts';
import type { Job, RetryPolicy, StationJobQueue } from '../jobs/job-queue.ts';
import type { Log } from '../log.ts';
import type { Playback } from '../playback/playback.ts';
import { type PlaybackPlan, refuseGaps } from '../playback/playback-plan.ts';
import type { Clock, Dispose } from '../time/clock.ts';
import type { InstantLoop } from '../time/instant-loop.ts';
import type { Clip, ClipEvent, ClipListener, ClipMaker, ClipOrder, ClipResult, Clips } from './clip.ts';
import { clipParts, sizeOf } from './clip-parts.ts';
import { clipPlan } from './clip-tracks.ts';

export interface ClipSurroundings {
  jobs: StationJobQueue;
  playback: Pick<Playback, 'plan' | 'read'>;
  maker: ClipMaker;
  clock: Pick<Clock, 'now'>;
  loop: InstantLoop;
  log: Log;
  /** How long a finished file stays. */
  keepMs?: number;
}

const queue = 'archive-clip';
const retry: RetryPolicy = { maxAttempts: 5, firstDelayMs: 2000, maxDelayMs: 60_000 };
/** Copying is the disk's work: more at once are no quicker. */
const concurrency = 2;
const mostOpen = 100;
const mostListed = 500;
const longestMs = 24 * 3600_000;
const usualKeepMs = 7 * 24 * 3600_000;
const sweepEveryMs = 10 * 60_000;
/** Until what is on its way into the archive has come. */
const patienceMs = 3000;
/** What comes back by itself is waited for, as chunks wait for it. */
const awayCodes = ['STORE_UNREACHABLE', 'DATABASE_UNAVAILABLE'];
const awayMs = 5000;
/** Also in the middle, by a retention or by somebody. */
const lostCodes = ['OBJECT_UNKNOWN', 'OBJECT_DAMAGED'];

/** Orders, makes, lists and removes clips. The queue remembers orders, the maker's folder what came of them. */
export class ClipDesk implements Clips {
  readonly #around: ClipSurroundings;
  readonly #keepMs: number;
  readonly #progress = new Map<string, number>();
  readonly #listeners = new Set<ClipListener>();

  constructor(around: ClipSurroundings, stop: AbortSignal) {
    this.#around = around;
    this.#keepMs = around.keepMs ?? usualKeepMs;
    around.jobs.work<ClipOrder>(queue, { concurrency, retry, stop }, (job, abort) => this.#work(job, abort));
    const sweep = (): void => {
      this.#sweep().catch((error: unknown) => around.log.error(`clips: ${toReelflowError(error).message}`));
    };
    stop.addEventListener('abort', around.loop.every(sweepEveryMs, sweep), { once: true });
    sweep();
  }

  async order(order: ClipOrder): Promise<Clip> {
    const { jobs, clock } = this.#around;
    if (order.endMs <= order.startMs) throw invalid('must be after the start');
    if (order.endMs - order.startMs > longestMs) throw invalid('must be within a day of the start');
    if (order.endMs > clock.now()) throw invalid('must have passed');
    this.#plan(order, await this.#ask(order));
    if (jobs.list({ queue, states: ['queued', 'active', 'retrying'] }).length >= mostOpen) {
      throw new ReelflowError('TOO_MANY_CLIPS', `${mostOpen} clips are waiting already`, { isRetryable: true });
    }
    const { channel, startMs, endMs, gap } = order;
    const key = `${channel}/${startMs}-${endMs}/${gap}`;
    const known = jobs.find(queue, key);
    const job = jobs.add(queue, key, order);
    const clip = await this.#view(job);
    if (job.id !== known?.id) await this.#tell({ state: 'queued', clip });
    return clip;
  }

  async list(): Promise<Clip[]> {
    const jobs = this.#around.jobs.list({ queue, limit: mostListed }) as Job<ClipOrder>[];
    const clips = await Promise.all(jobs.map((job) => this.#view(job)));
    return clips.filter(isThere).sort((a, b) => b.job.createdAt - a.job.createdAt);
  }

  async get(id: string): Promise<Clip> {
    const job = this.#around.jobs.get(id);
    const clip = job?.queue === queue ? await this.#view(job as Job<ClipOrder>) : undefined;
    if (clip && isThere(clip)) return clip;
    throw new ReelflowError('CLIP_UNKNOWN', `there is no clip "${id}"`, { field: 'id' });
  }

  async retry(id: string): Promise<Clip> {
    const { job } = await this.get(id);
    this.#around.jobs.retry(id);
    const clip = await this.get(id);
    if (job.state === 'failed') await this.#tell({ state: 'queued', clip });
    return clip;
  }

  async remove(id: string): Promise<void> {
    const clip = await this.get(id);
    this.#around.jobs.cancel(id);
    await this.#around.maker.remove(id);
    await this.#tell({ state: 'deleted', clip });
  }

  async file(id: string): Promise<{ path: string; name: string }> {
    const { job, result } = await this.get(id);
    if (!result) throw new ReelflowError('FILE_UNKNOWN', 'this clip is not finished yet');
    const from = isoSeconds(job.data.startMs).replace(/[-:]/g, '');
    return { path: this.#around.maker.path(id), name: `${job.data.channel}-${from}.mp4` };
  }

  onEvent(listener: ClipListener): Dispose {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #work(job: Job<ClipOrder>, abort: AbortSignal): Promise<void> {
    let result: ClipResult;
    try {
      // One that a crash kept from saying that it was done.
      result = (await this.#around.maker.find(job.id)) ?? (await this.#make(job, abort));
    } catch (caught) {
      const error = toReelflowError(caught);
      const isAway = awayCodes.includes(error.code) && !abort.aborted;
      const thrown = isAway ? new JobPostponed(error.code, error.message, this.#around.clock.now() + awayMs) : caught;
      // What is not there, or does not fit, is no better for being tried again.
      const isGivenUp = !(error.isRetryable || abort.aborted || error.code === 'INTERNAL');
      const isLast = job.attempts >= retry.maxAttempts && !(thrown instanceof JobPostponed) && !abort.aborted;
      if (isGivenUp || isLast) {
        const { code, message } = error;
        await this.#around.maker.remove(job.id);
        await this.#tell({ state: 'failed', clip: { job: { ...job, state: 'failed', error: { code, message } } } });
      }
      throw isGivenUp ? new JobGivenUp(error.code, error.message, { cause: thrown }) : thrown;
    } finally {
      this.#progress.delete(job.id);
    }
    await this.#tell({ state: 'completed', clip: this.#finished(job, result) });
  }

  async #make({ id, data }: Job<ClipOrder>, abort: AbortSignal): Promise<ClipResult> {
    const { playback, maker, clock } = this.#around;
    const plan = await this.#ask(data);
    if (plan.isGrowing) {
      const message = 'the end of the range is still on its way into the archive';
      throw new JobPostponed('CLIP_NOT_READY', message, clock.now() + patienceMs);
    }
    const parts = this.#plan(data, plan);
    const sizeBytes = await maker
      .make({
        id,
        parts,
        sizeBytes: sizeOf(parts),
        read: ({ key, range }, signal) => playback.read(data.channel, key, range, signal),
        onProgress: (fraction) => void this.#progress.set(id, fraction),
        abort,
      })
      .catch(async (error: unknown) => {
        if (!abort.aborted) await this.#needSame(data, plan);
        throw inWords(error);
      });
    try {
      abort.throwIfAborted();
      await this.#needSame(data, plan);
    } catch (error) {
      await maker.remove(id);
      throw error;
    }
    const { deliveredMs: durationMs, delivered, gaps } = plan;
    const result: ClipResult = { sizeBytes, durationMs, delivered, gaps, finishedAt: clock.now() };
    await maker.keep(id, result);
    return result;
  }

  async #ask({ channel, startMs, endMs }: ClipOrder): Promise<PlaybackPlan> {
    return clipPlan(await this.#around.playback.plan(channel, { startMs, endMs, isOpen: false }));
  }

  /** A better capture that took a chunk's place has its segments elsewhere, and what was removed has none. */
  async #needSame(order: ClipOrder, plan: PlaybackPlan): Promise<void> {
    if (contentOf(await this.#ask(order)) === contentOf(plan)) return;
    throw new ReelflowError('CLIP_CHANGED', 'what the archive has of it is another meanwhile', { isRetryable: true });
  }

  #plan({ gap }: ClipOrder, plan: PlaybackPlan) {
    if (gap === 'fail') refuseGaps(plan);
    return clipParts(plan);
  }

  async #view(job: Job<ClipOrder>): Promise<Clip> {
    // What is kept is whole; the queue hears of it a moment later.
    const isMade = job.state === 'completed' || job.state === 'active';
    const result = isMade ? await this.#around.maker.find(job.id) : undefined;
    if (result) return this.#finished(job, result);
    const progress = this.#progress.get(job.id);
    return { job, ...(progress === undefined ? {} : { progress }) };
  }

  #finished(job: Job<ClipOrder>, result: ClipResult): Clip {
    return { job: { ...job, state: 'completed' }, result, removedAt: result.finishedAt + this.#keepMs };
  }

  async #tell(event: ClipEvent): Promise<void> {
    for (const listener of this.#listeners) await listener(event);
  }

  /** Files whose time is over, and those that no order knows any more. */
  async #sweep(): Promise<void> {
    const { maker, jobs, clock } = this.#around;
    for (const id of await maker.list()) {
      const result = await maker.find(id);
      const isOver = result && result.finishedAt + this.#keepMs <= clock.now();
      const job = jobs.get(id) as Job<ClipOrder> | undefined;
      if (!isOver && job && job.state !== 'cancelled') continue;
      await maker.remove(id);
      if (job?.state === 'completed' && result) await this.#tell({ state: 'deleted', clip: { job, result } });
    }
  }
}

function isThere({ job, result }: Clip): boolean {
  return job.state === 'completed' ? result !== undefined : job.state !== 'cancelled';
}

function contentOf({ tracks }: PlaybackPlan): string {
  const segments = tracks.flatMap(({ runs }) => runs.flatMap((run) => run.segments));
  return [...new Set(segments.map(({ object }) => object.sha256))].join();
}

function inWords(error: unknown): unknown {
  const { code, message } = toReelflowError(error);
  if (!lostCodes.includes(code)) return error;
  const advice = 'verify the channel: what is lost is captured again where the source still has it';
  return new ReelflowError(code, `${message}; ${advice}`, { cause: error });
}

function invalid(reason: string): ReelflowError {
  return new ReelflowError('RANGE_INVALID', `end: ${reason}`, { field: 'end' });
}
