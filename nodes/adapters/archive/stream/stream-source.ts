import type { Span } from '../../../core/archive/chunk.ts';
import type { LiveSource, SourceEvent, SourceWindow } from '../../../core/archive/live-source.ts';
import { HlsSource } from '../hls/hls-source.ts';
import type { SourceOptions } from '../live/track-feed.ts';
import type { StreamIngest } from './stream-ingest.ts';

/** Anything that FFmpeg reads: cut into HLS on this machine's disk, and read from there. */
export class StreamSource implements LiveSource {
  readonly isLocal = true;
  readonly #ingest: StreamIngest;
  readonly #hls: HlsSource;

  constructor(ingest: StreamIngest, options: SourceOptions) {
    this.#ingest = ingest;
    this.#hls = new HlsSource(ingest.playlistUrl, options);
  }

  async window(abort: AbortSignal): Promise<SourceWindow> {
    this.#ingest.keepRunning();
    if (this.#ingest.trouble) throw this.#ingest.trouble;
    return await this.#hls.window(abort);
  }

  async *follow(span: Span, abort: AbortSignal): AsyncGenerator<SourceEvent> {
    this.#ingest.keepRunning();
    yield* this.#hls.follow(span, abort);
  }

  async close(): Promise<void> {
    await this.#ingest.close();
  }
}
