import type { Span } from '../../../core/archive/chunk.ts';
import type { LiveSource, SourceEvent, SourceWindow } from '../../../core/archive/live-source.ts';
import { ReelflowError } from '../../../core/errors.ts';
import { followTracks } from '../live/follow-tracks.ts';
import { asAway } from '../live/source-http.ts';
import type { SourceOptions } from '../live/track-feed.ts';
import { windowOf } from '../live/window-of.ts';
import { MpdFollower } from './mpd-follower.ts';

/**
 * MPEG-DASH (ISO/IEC 23009-1), live: every representation is a track, taken as it lies at the source. Times are those of
 * the presentation, counted from its availabilityStartTime.
 */
export class DashSource implements LiveSource {
  readonly isLocal = false;
  readonly #options: SourceOptions;
  readonly #mpd: MpdFollower;

  constructor(url: string, options: SourceOptions) {
    this.#options = options;
    this.#mpd = new MpdFollower(url, options);
  }

  async window(abort: AbortSignal): Promise<SourceWindow> {
    await this.#look(abort);
    const main = this.#mpd.feeds[0]?.state;
    if (!main) throw new ReelflowError('SOURCE_INVALID', 'the source names no stream', { isRetryable: true });
    return windowOf(main, this.#options.clock.now());
  }

  async *follow(span: Span, abort: AbortSignal): AsyncGenerator<SourceEvent> {
    try {
      await this.#look(abort);
    } catch (error) {
      // While it does not answer, the streams that it last named have to do.
      if (this.#mpd.feeds.length === 0 || abort.aborted) throw error;
    }
    yield* followTracks(this.#mpd.feeds, span, abort, this.#options);
  }

  /** Nothing runs but while it is read. */
  async close(): Promise<void> {}

  async #look(abort: AbortSignal): Promise<void> {
    await this.#mpd.look(abort).catch((error: unknown): never => {
      throw asAway(error);
    });
  }
}
