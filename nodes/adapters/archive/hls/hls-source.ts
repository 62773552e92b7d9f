import type { Span } from '../../../core/archive/chunk.ts';
import type { LiveSource, SourceEvent, SourceWindow } from '../../../core/archive/live-source.ts';
import { ReelflowError } from '../../../core/errors.ts';
import { followTracks } from '../live/follow-tracks.ts';
import { asAway, readTextAt } from '../live/source-http.ts';
import type { SourceOptions } from '../live/track-feed.ts';
import { windowOf } from '../live/window-of.ts';
import { PlaylistFollower } from './playlist-follower.ts';
import { type NamedTrack, readPlaylist } from './read-playlist.ts';

/** HTTP Live Streaming (RFC 8216): a media playlist, or a master playlist with all of its streams. */
export class HlsSource implements LiveSource {
  readonly isLocal = false;
  readonly #url: string;
  readonly #options: SourceOptions;
  readonly #followers = new Map<string, PlaylistFollower>();
  #master: NamedTrack[] | undefined;

  constructor(url: string, options: SourceOptions) {
    this.#url = url;
    this.#options = options;
  }

  async window(abort: AbortSignal): Promise<SourceWindow> {
    const [main] = await this.#tracks(abort);
    if (!main) throw new ReelflowError('SOURCE_INVALID', 'the source names no stream', { isRetryable: true });
    return windowOf(await this.#follower(main).look(abort), this.#options.clock.now());
  }

  async *follow(span: Span, abort: AbortSignal): AsyncGenerator<SourceEvent> {
    const tracks = await this.#tracks(abort);
    yield* followTracks(
      tracks.map((track) => this.#follower(track)),
      span,
      abort,
      this.#options,
    );
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
      if (!this.#master || abort.aborted) throw asAway(error);
    }
    return this.#master;
  }

  #follower(source: NamedTrack): PlaylistFollower {
    const known = this.#followers.get(source.track);
    if (known) {
      known.source = source;
      return known;
    }
    const made = new PlaylistFollower(source, this.#options);
    this.#followers.set(source.track, made);
    return made;
  }
}
