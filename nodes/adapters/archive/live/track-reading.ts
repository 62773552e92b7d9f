import type { Span } from '../../../core/archive/chunk.ts';
import type { OfferedSegment, SourceEvent } from '../../../core/archive/live-source.ts';
import type { TimedSegment } from '../../../core/archive/segment-timeline.ts';
import type { Track } from '../../../core/archive/track.ts';
import type { ListedPart } from './listed-part.ts';
import { gather, openAt } from './source-http.ts';
import type { SourceOptions, TrackFeed, TrackState } from './track-feed.ts';

/** An init segment is some kilobytes; one with cover art some hundred. */
const longestInitBytes = 8 * 1024 * 1024;
/** How long after the end of a span nothing new may come before it is taken to be over. */
const silenceMs = 10_000;
const silenceInTargets = 3;

/** What one capture has seen of one track. */
export class TrackReading {
  readonly #feed: TrackFeed;
  readonly #span: Span;
  readonly #options: SourceOptions;
  readonly #stopReading: () => void;
  readonly #looksBefore: number;
  readonly #begunAt: number;
  #isOver = false;
  #isNamed = false;
  #takenUpTo = Number.NEGATIVE_INFINITY;
  #lossesTold = new Set<object>();
  #troubleTold: string | undefined;

  constructor(feed: TrackFeed, span: Span, options: SourceOptions) {
    this.#feed = feed;
    this.#span = span;
    this.#options = options;
    this.#looksBefore = feed.looks;
    this.#begunAt = options.clock.now();
    this.#stopReading = feed.keepReading();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get changed(): Promise<void> {
    return this.#feed.changed;
  }

  close(): void {
    this.#stopReading();
  }

  /** Everything that is new since the last call. */
  *take(): Generator<SourceEvent> {
    const { trouble, state } = this.#feed;
    if (trouble?.message !== this.#troubleTold) {
      this.#troubleTold = trouble?.message;
      if (trouble) yield { kind: 'trouble', error: { code: trouble.code, message: trouble.message } };
    }
    if (state) yield* this.#takeFrom(state);
    this.#isOver = this.#ends(state);
  }

  *#takeFrom({ segments, container }: TrackState): Generator<SourceEvent> {
    const { named } = this.#feed;
    const { track } = named;
    for (const [index, timed] of segments.entries()) {
      if (timed.startMs < this.#span.startMs || timed.startMs <= this.#takenUpTo) continue;
      if (timed.startMs >= this.#span.endMs) break;
      if (!this.#isNamed) {
        const found: Track = { ...named, container };
        this.#isNamed = true;
        yield { kind: 'track', track: found };
        const before = segments[index - 1];
        if (before && before.listed.sequence + 1 === timed.listed.sequence) {
          yield { kind: 'reach', track, endMs: before.endMs };
        }
      }
      this.#takenUpTo = timed.startMs;
      yield { kind: 'segment', segment: this.#offer(timed) };
    }
    for (const loss of this.#feed.losses) {
      if (this.#lossesTold.has(loss) || loss.startMs >= this.#span.endMs || loss.endMs <= this.#span.startMs) continue;
      this.#lossesTold.add(loss);
      const { first, last, startMs, endMs } = loss;
      yield { kind: 'lost', track, first, last, span: { startMs, endMs } };
    }
  }

  #offer({ listed, startMs, isDiscontinuity }: TimedSegment<ListedPart>): OfferedSegment {
    const { timeoutMs } = this.#options;
    const { sequence, durationMs, isGap, url, range, init } = listed;
    return {
      track: this.#feed.named.track,
      sequence,
      startMs: Math.round(startMs * 1000) / 1000,
      durationMs,
      isDiscontinuity,
      isGap,
      ...(init
        ? {
            init: {
              id: `${init.url} ${init.range?.start ?? ''}`,
              read: async (abort) => {
                const { bytes } = await openAt(init.url, { abort, timeoutMs, range: init.range });
                return await gather(bytes, longestInitBytes, init.url);
              },
            },
          }
        : {}),
      read: async (abort) => (await openAt(url, { abort, timeoutMs, range })).bytes,
    };
  }

  #ends(state: TrackState | undefined): boolean {
    const { clock } = this.#options;
    const now = clock.now();
    const edge = state?.segments.at(-1)?.endMs;
    // Exactly: a segment that starts a moment before the end still belongs to the span.
    if (edge !== undefined && edge >= this.#span.endMs) return true;
    if (state?.isEnded && this.#feed.looks > this.#looksBefore) return true;
    const patienceMs = Math.max(silenceMs, silenceInTargets * (state?.targetDurationMs ?? 0));
    // What an earlier capture saw says nothing of now.
    const isFresh = this.#feed.looks > this.#looksBefore;
    const silentMs = isFresh && state ? now - state.grewAt : now - this.#begunAt;
    return silentMs > patienceMs && now > this.#span.endMs + (state?.lagMs ?? 0) + patienceMs;
  }
}
