import type { LostSegments } from '../../../core/archive/segment-timeline.ts';
import type { Track } from '../../../core/archive/track.ts';
import { ReelflowError } from '../../../core/errors.ts';
import { RepeatedLook } from '../live/repeated-look.ts';
import { readTextAt } from '../live/source-http.ts';
import { growthOf, type SourceOptions, type TrackFeed, type TrackState } from '../live/track-feed.ts';
import { type MpdTrack, type Presentation, readMpd } from './read-mpd.ts';
import type { TimelineEntry } from './taken-timelines.ts';

/** Losses that a capture may still ask for. */
const keptLosses = 1000;
/** Begins of presentations that may still be in its window. */
const keptBreaks = 1000;
/** Rounding in a source's times. */
const roundingMs = 100;

/** One MPD, in which all tracks are: it is read once for all of them. */
export class MpdFollower {
  readonly #address: string;
  readonly #options: SourceOptions;
  readonly #look = new RepeatedLook((abort) => this.#read(abort));
  readonly #feeds = new Map<string, MpdTrackFeed>();
  readonly #timelines = new Map<string, TimelineEntry[]>();
  #location: string | undefined;

  constructor(address: string, options: SourceOptions) {
    this.#address = address;
    this.#options = options;
  }

  /** The tracks as they were last described, the main one first. */
  get feeds(): MpdTrackFeed[] {
    const names = [...(this.#look.found?.tracks.keys() ?? [])];
    return names.flatMap((name) => this.#feeds.get(name) ?? []);
  }

  /** Reads it once now. Rejects as readMpd() and openAt(). */
  async look(abort: AbortSignal): Promise<void> {
    await this.#look.look(abort);
  }

  async #read(abort: AbortSignal): Promise<Presentation> {
    const { clock, timeoutMs } = this.#options;
    const asked = this.#location ?? this.#address;
    // Where it said that it would be: if it is not, where it was.
    this.#location = undefined;
    const { url, text } = await readTextAt(asked, { abort, timeoutMs });
    const now = clock.now();
    const startedAt = this.#look.found?.startsAt;
    const found = await readMpd(text, { url, now, startedAt, known: this.#timelines });
    const before = this.#look.found;
    // An encoder that began anew: its media count from zero again.
    const isAnew = before !== undefined && before.startsAt !== found.startsAt;
    if ([...found.tracks.values()].every(({ segments }) => segments.length === 0)) {
      throw new ReelflowError('SOURCE_INVALID', 'the manifest lists no segment', { isRetryable: true });
    }
    this.#location = found.location;
    for (const [name, track] of found.tracks) {
      const feed = this.#feeds.get(name) ?? new MpdTrackFeed(track, this.#look);
      this.#feeds.set(name, feed);
      feed.take(track, found, { now, isAnew });
    }
    return found;
  }
}

class MpdTrackFeed implements TrackFeed {
  readonly losses: LostSegments[] = [];
  readonly #look: RepeatedLook<Presentation>;
  #named: MpdTrack['named'];
  #state: TrackState | undefined;
  /** Where presentations began anew, epoch ms. */
  readonly #breaks = new Set<number>();

  constructor({ named }: MpdTrack, look: RepeatedLook<Presentation>) {
    this.#named = named;
    this.#look = look;
  }

  get named(): Omit<Track, 'container'> {
    return this.#named;
  }

  get state(): TrackState | undefined {
    return this.#state;
  }

  get looks(): number {
    return this.#look.looks;
  }

  get trouble(): ReelflowError | undefined {
    return this.#look.trouble;
  }

  get changed(): Promise<void> {
    return this.#look.changed;
  }

  keepReading(): () => void {
    return this.#look.keepReading();
  }

  /** What a look found. */
  take(
    { named, container, segments }: MpdTrack,
    { targetDurationMs, isEnded }: Presentation,
    { now, isAnew }: { now: number; isAnew: boolean },
  ): void {
    const before = this.#state?.segments.at(-1);
    const [first] = segments;
    if (isAnew && first) this.#breaks.add(first.startMs);
    if (this.#breaks.size > keptBreaks) this.#breaks.delete([...this.#breaks][0] ?? 0);
    // Listed and gone again while nobody looked.
    if (before && first && first.startMs - before.endMs > roundingMs) {
      const sequences = { first: before.listed.sequence + 1, last: first.listed.sequence - 1 };
      this.losses.push({ ...sequences, startMs: before.endMs, endMs: first.startMs });
      if (this.losses.length > keptLosses) this.losses.shift();
    }
    this.#named = named;
    this.#state = {
      segments: segments.map((one) => (this.#breaks.has(one.startMs) ? { ...one, isDiscontinuity: true } : one)),
      container,
      targetDurationMs,
      isEnded,
      ...growthOf(segments.at(-1)?.endMs, before?.endMs, now, this.#state),
    };
  }
}
