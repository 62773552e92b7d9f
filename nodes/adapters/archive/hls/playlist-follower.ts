import { setTimeout as delay } from 'node:timers/promises';
import { type LostSegments, SegmentTimeline, type TimedSegment } from '../../../core/archive/segment-timeline.ts';
import type { Container } from '../../../core/archive/track.ts';
import { ReelflowError, toReelflowError } from '../../../core/errors.ts';
import type { Clock } from '../../../core/time/clock.ts';
import { containerOf, type ListedPart, readPlaylist } from './read-playlist.ts';
import { readTextAt } from './source-http.ts';

export interface FollowerOptions {
  clock: Clock;
  /** For the head of an answer and between its pieces. */
  timeoutMs: number;
}

/** What a media playlist said when it was last read. */
export interface PlaylistState {
  segments: TimedSegment<ListedPart>[];
  container: Container;
  targetDurationMs: number;
  isEnded: boolean;
  /** Wall clock when something new was last in it, and how far behind the clock it was then. */
  grewAt: number;
  lagMs: number;
}

const longestPauseMs = 10_000;
const shortestPauseMs = 250;
const firstTroublePauseMs = 500;
/** Losses that a capture may still ask for. */
const keptLosses = 1000;

/**
 * Reads one media playlist again and again, each half target duration (RFC 8216 section 6.3.4 asks not to be faster), for
 * as long as somebody waits for it: captures of two chunks that meet read it once, not twice. It stays the same object
 * between them, so that a source without times of its own is counted through.
 */
export class PlaylistFollower {
  /** May change: addresses with tokens do. */
  url: string;
  readonly #options: FollowerOptions;
  readonly #timeline = new SegmentTimeline<ListedPart>();
  readonly #losses: LostSegments[] = [];
  #state: PlaylistState | undefined;
  #trouble: ReelflowError | undefined;
  #waiting = Promise.withResolvers<void>();
  #readers = 0;
  #looks = 0;
  #loop: AbortController | undefined;

  constructor(url: string, options: FollowerOptions) {
    this.url = url;
    this.#options = options;
  }

  get state(): PlaylistState | undefined {
    return this.#state;
  }

  /** How often it was read well. */
  get looks(): number {
    return this.#looks;
  }

  /** Of the last look; undefined when it went well. */
  get trouble(): ReelflowError | undefined {
    return this.#trouble;
  }

  get losses(): readonly LostSegments[] {
    return this.#losses;
  }

  /** Settles at the next look, whatever came of it. */
  get changed(): Promise<void> {
    return this.#waiting.promise;
  }

  /** Reads it once now. Rejects as readPlaylist() and openAt(). */
  async look(abort: AbortSignal): Promise<PlaylistState> {
    const { clock, timeoutMs } = this.#options;
    try {
      const { url, text } = await readTextAt(this.url, { abort, timeoutMs });
      const list = readPlaylist(text, url);
      if (list.kind === 'master')
        throw new ReelflowError('SOURCE_INVALID', 'a master playlist stands where segments should be');
      const now = clock.now();
      const before = this.#timeline.endMs;
      const { segments, lost } = this.#timeline.update(list.segments, now, list.targetDurationMs);
      if (lost) this.#losses.push(lost);
      if (this.#losses.length > keptLosses) this.#losses.shift();
      const end = this.#timeline.endMs;
      const hasGrown = end !== undefined && end !== before;
      this.#state = {
        segments,
        container: containerOf(list),
        targetDurationMs: list.targetDurationMs,
        isEnded: list.isEnded,
        grewAt: hasGrown ? now : (this.#state?.grewAt ?? now),
        lagMs: hasGrown ? Math.max(0, now - end) : (this.#state?.lagMs ?? 0),
      };
      this.#trouble = undefined;
      this.#looks += 1;
      return this.#state;
    } catch (error) {
      if (!abort.aborted) this.#trouble = toReelflowError(error, 'SOURCE_UNREACHABLE');
      throw error;
    }
  }

  /** Keeps reading until the returned function is called by everybody who called this. */
  keepReading(): () => void {
    this.#readers += 1;
    if (!this.#loop) {
      this.#loop = new AbortController();
      void this.#read(this.#loop.signal);
    }
    let isDone = false;
    return () => {
      if (isDone) return;
      isDone = true;
      this.#readers -= 1;
      if (this.#readers > 0) return;
      this.#loop?.abort();
      this.#loop = undefined;
    };
  }

  async #read(abort: AbortSignal): Promise<void> {
    let troubles = 0;
    while (!abort.aborted) {
      const begunAt = performance.now();
      try {
        await this.look(abort);
        troubles = 0;
      } catch {
        // Told by `trouble`.
        troubles += 1;
      }
      const { promise: _told, resolve } = this.#waiting;
      this.#waiting = Promise.withResolvers();
      resolve();
      const half = (this.#state?.targetDurationMs ?? 2 * longestPauseMs) / 2;
      const wanted = troubles > 0 ? firstTroublePauseMs * 2 ** Math.min(troubles - 1, 5) : half;
      const pauseMs = Math.min(longestPauseMs, Math.max(shortestPauseMs, wanted)) - (performance.now() - begunAt);
      if (!abort.aborted) await delay(Math.max(50, pauseMs), undefined, { signal: abort }).catch(() => {});
    }
  }
}
