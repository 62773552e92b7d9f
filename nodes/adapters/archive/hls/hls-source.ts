import type { Span } from '../../../core/archive/chunk.ts';
import type { LiveSource, OfferedSegment, SourceEvent, SourceWindow } from '../../../core/archive/live-source.ts';
import type { TimedSegment } from '../../../core/archive/segment-timeline.ts';
import type { Track } from '../../../core/archive/track.ts';
import { ReelflowError } from '../../../core/errors.ts';
import { type FollowerOptions, PlaylistFollower, type PlaylistState } from './playlist-follower.ts';
import { type ListedPart, type NamedTrack, readPlaylist } from './read-playlist.ts';
import { gather, openAt, readTextAt } from './source-http.ts';

/** An init segment is some kilobytes; one with cover art some hundred. */
const longestInitBytes = 8 * 1024 * 1024;
/** How long after the end of a span nothing new may come before it is taken to be over. */
const silenceMs = 10_000;
const silenceInTargets = 3;

/** HTTP Live Streaming (RFC 8216): a media playlist, or a master playlist with all of its streams. */
export class HlsSource implements LiveSource {
  readonly isLocal = false;
  readonly #url: string;
  readonly #options: FollowerOptions;
  readonly #followers = new Map<string, PlaylistFollower>();
  #master: NamedTrack[] | undefined;

  constructor(url: string, options: FollowerOptions) {
    this.#url = url;
    this.#options = options;
  }

  async window(abort: AbortSignal): Promise<SourceWindow> {
    const [main] = await this.#tracks(abort);
    if (!main) throw new ReelflowError('SOURCE_INVALID', 'the source names no stream', { isRetryable: true });
    const { segments, targetDurationMs, isEnded } = await this.#follower(main).look(abort);
    const [first] = segments;
    const last = segments.at(-1);
    const now = this.#options.clock.now();
    return { startMs: first?.startMs ?? now, endMs: last?.endMs ?? now, targetDurationMs, isEnded };
  }

  async *follow(span: Span, abort: AbortSignal): AsyncGenerator<SourceEvent> {
    const tracks = await this.#tracks(abort);
    const readings = tracks.map((named) => new TrackReading(named, this.#follower(named), span, this.#options));
    try {
      while (!abort.aborted && readings.some(({ isOver }) => !isOver)) {
        const open = readings.filter(({ isOver }) => !isOver);
        // Taken before looking: what comes in between must not be slept through.
        const next = Promise.race(open.map(({ changed }) => changed));
        let isFruitful = false;
        for (const reading of open) {
          for (const event of reading.take()) {
            isFruitful = true;
            yield event;
          }
        }
        if (!isFruitful && readings.some(({ isOver }) => !isOver)) await orAborted(next, abort);
      }
    } finally {
      for (const reading of readings) reading.close();
    }
  }

  /** Nothing runs but while it is read. */
  async close(): Promise<void> {}

  /** Each time anew: addresses may hold tokens. While the master does not answer, the last one has to do. */
  async #tracks(abort: AbortSignal): Promise<NamedTrack[]> {
    const { timeoutMs } = this.#options;
    try {
      const { url, text } = await readTextAt(this.#url, { abort, timeoutMs });
      const list = readPlaylist(text, url);
      this.#master = list.kind === 'master' ? list.tracks : [{ track: 'main', rank: 0, url: this.#url }];
    } catch (error) {
      if (!this.#master || abort.aborted) throw lost(error);
    }
    return this.#master;
  }

  #follower({ track, url }: NamedTrack): PlaylistFollower {
    const known = this.#followers.get(track);
    if (known) {
      known.url = url;
      return known;
    }
    const made = new PlaylistFollower(url, this.#options);
    this.#followers.set(track, made);
    return made;
  }
}

/** What one capture has seen of one track. */
class TrackReading {
  readonly #named: NamedTrack;
  readonly #follower: PlaylistFollower;
  readonly #span: Span;
  readonly #options: FollowerOptions;
  readonly #stopReading: () => void;
  readonly #looksBefore: number;
  readonly #begunAt: number;
  #isOver = false;
  #isNamed = false;
  #takenUpTo = Number.NEGATIVE_INFINITY;
  #lossesTold = new Set<object>();
  #troubleTold: string | undefined;

  constructor(named: NamedTrack, follower: PlaylistFollower, span: Span, options: FollowerOptions) {
    this.#named = named;
    this.#follower = follower;
    this.#span = span;
    this.#options = options;
    this.#looksBefore = follower.looks;
    this.#begunAt = options.clock.now();
    this.#stopReading = follower.keepReading();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get changed(): Promise<void> {
    return this.#follower.changed;
  }

  close(): void {
    this.#stopReading();
  }

  /** Everything that is new since the last call. */
  *take(): Generator<SourceEvent> {
    const { trouble, state } = this.#follower;
    if (trouble?.message !== this.#troubleTold) {
      this.#troubleTold = trouble?.message;
      if (trouble) yield { kind: 'trouble', error: { code: trouble.code, message: trouble.message } };
    }
    if (state) yield* this.#takeFrom(state);
    this.#isOver = this.#ends(state);
  }

  *#takeFrom({ segments, container }: PlaylistState): Generator<SourceEvent> {
    const { track } = this.#named;
    for (const [index, timed] of segments.entries()) {
      if (timed.startMs < this.#span.startMs || timed.startMs <= this.#takenUpTo) continue;
      if (timed.startMs >= this.#span.endMs) break;
      if (!this.#isNamed) {
        const { url: _address, ...named } = this.#named;
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
    for (const loss of this.#follower.losses) {
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
      track: this.#named.track,
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

  #ends(state: PlaylistState | undefined): boolean {
    const { clock } = this.#options;
    const now = clock.now();
    const edge = state?.segments.at(-1)?.endMs;
    // Exactly: a segment that starts a moment before the end still belongs to the span.
    if (edge !== undefined && edge >= this.#span.endMs) return true;
    if (state?.isEnded && this.#follower.looks > this.#looksBefore) return true;
    const patienceMs = Math.max(silenceMs, silenceInTargets * (state?.targetDurationMs ?? 0));
    // What an earlier capture saw says nothing of now.
    const isFresh = this.#follower.looks > this.#looksBefore;
    const silentMs = isFresh && state ? now - state.grewAt : now - this.#begunAt;
    return silentMs > patienceMs && now > this.#span.endMs + (state?.lagMs ?? 0) + patienceMs;
  }
}

/** A playlist that is not there may come back: other than a segment it is asked for again. */
function lost(error: unknown): unknown {
  if (!(error instanceof ReelflowError) || error.code !== 'SEGMENT_LOST') return error;
  return new ReelflowError('SOURCE_UNREACHABLE', error.message, { cause: error, isRetryable: true });
}

async function orAborted(wait: Promise<unknown>, abort: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = (): void => resolve();
  abort.addEventListener('abort', stop, { once: true });
  try {
    if (!abort.aborted) await Promise.race([wait, promise]);
  } finally {
    abort.removeEventListener('abort', stop);
  }
}
