import { type LostSegments, SegmentTimeline } from '../../../core/archive/segment-timeline.ts';
import type { Track } from '../../../core/archive/track.ts';
import { ReelflowError } from '../../../core/errors.ts';
import type { ListedPart } from '../live/listed-part.ts';
import { RepeatedLook } from '../live/repeated-look.ts';
import { readTextAt } from '../live/source-http.ts';
import { growthOf, type SourceOptions, type TrackFeed, type TrackState } from '../live/track-feed.ts';
import { containerOf, type NamedTrack, readPlaylist } from './read-playlist.ts';

/** Losses that a capture may still ask for. */
const keptLosses = 1000;

/**
 * One media playlist. It stays the same object from capture to capture, so that a source without times of its own is
 * counted through.
 */
export class PlaylistFollower implements TrackFeed {
  /** As the source names it now: addresses with tokens change. */
  source: NamedTrack;
  readonly #options: SourceOptions;
  readonly #timeline = new SegmentTimeline<ListedPart>();
  readonly #losses: LostSegments[] = [];
  readonly #look = new RepeatedLook((abort) => this.#read(abort));

  constructor(source: NamedTrack, options: SourceOptions) {
    this.source = source;
    this.#options = options;
  }

  get named(): Omit<Track, 'container'> {
    const { url: _address, ...named } = this.source;
    return named;
  }

  get state(): TrackState | undefined {
    return this.#look.found;
  }

  get looks(): number {
    return this.#look.looks;
  }

  get trouble(): ReelflowError | undefined {
    return this.#look.trouble;
  }

  get losses(): readonly LostSegments[] {
    return this.#losses;
  }

  get changed(): Promise<void> {
    return this.#look.changed;
  }

  /** Reads it once now. Rejects as readPlaylist() and openAt(). */
  async look(abort: AbortSignal): Promise<TrackState> {
    return await this.#look.look(abort);
  }

  keepReading(): () => void {
    return this.#look.keepReading();
  }

  async #read(abort: AbortSignal): Promise<TrackState> {
    const { clock, timeoutMs } = this.#options;
    const { url, text } = await readTextAt(this.source.url, { abort, timeoutMs });
    const list = readPlaylist(text, url);
    if (list.kind === 'master') {
      throw new ReelflowError('SOURCE_INVALID', 'a master playlist stands where segments should be');
    }
    const now = clock.now();
    const before = this.#timeline.endMs;
    const { segments, lost } = this.#timeline.update(list.segments, now, list.targetDurationMs);
    if (lost) this.#losses.push(lost);
    if (this.#losses.length > keptLosses) this.#losses.shift();
    return {
      segments,
      container: containerOf(list),
      targetDurationMs: list.targetDurationMs,
      isEnded: list.isEnded,
      ...growthOf(this.#timeline.endMs, before, now, this.state),
    };
  }
}
