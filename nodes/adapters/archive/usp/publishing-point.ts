import type { Span } from '../../../core/archive/chunk.ts';
import { overlaps } from '../../../core/archive/chunk-plan.ts';
import type { LiveSource, SourceEvent, SourceWindow } from '../../../core/archive/live-source.ts';
import { ReelflowError } from '../../../core/errors.ts';
import { HlsSource } from '../hls/hls-source.ts';
import { asAway, readTextAt } from '../live/source-http.ts';
import type { SourceOptions } from '../live/track-feed.ts';
import { readArchiveXml } from './archive-xml.ts';

/**
 * Longer than a segment: where the one before a stretch ends has to be seen, and a playlist is over when its `vend` has passed,
 * be the last segment there or not.
 */
const marginMs = 12_000;

/**
 * A live publishing point of Unified Origin. Its `/archive` tells what it has, which is more than the window of its live
 * playlist; any stretch of that comes as HLS made for it, by `vbegin` and `vend`.
 */
export class PublishingPoint implements LiveSource {
  readonly isLocal = false;
  readonly #address: string;
  readonly #options: SourceOptions;

  /** @param address ends in `.isml`; what stands behind a `?` is sent with every question for a playlist */
  constructor(address: string, options: SourceOptions) {
    this.#address = address;
    this.#options = options;
  }

  async window(abort: AbortSignal): Promise<SourceWindow> {
    const spans = await this.#archive(abort);
    const [first] = spans;
    const last = spans.at(-1);
    if (!first || !last) {
      throw new ReelflowError('SOURCE_INVALID', 'the publishing point has nothing in its archive yet', {
        isRetryable: true,
      });
    }
    // The archive says nothing of the length of segments, nor whether more will come.
    const { targetDurationMs, isEnded } = await this.#hls({ startMs: last.endMs - marginMs }).window(abort);
    return { startMs: first.startMs, endMs: last.endMs, targetDurationMs, isEnded };
  }

  async *follow(span: Span, abort: AbortSignal): AsyncGenerator<SourceEvent> {
    const spans = await this.#archive(abort);
    const isPast = (spans.at(-1)?.endMs ?? 0) >= span.endMs;
    // It refuses a stretch that it has nothing of, as it refuses what it does not know.
    if (isPast && !spans.some((one) => overlaps(one, span))) return;
    yield* this.#hls({ startMs: span.startMs - marginMs, endMs: span.endMs + marginMs }).follow(span, abort);
  }

  /** Nothing runs but while it is read. */
  async close(): Promise<void> {}

  async #archive(abort: AbortSignal): Promise<Span[]> {
    const address = this.#below('archive');
    const { text } = await readTextAt(address, { abort, timeoutMs: this.#options.timeoutMs }).catch(
      (error: unknown): never => {
        throw asAway(error);
      },
    );
    return readArchiveXml(text, address);
  }

  /** A playlist of a stretch; without an end it goes on as the programme does. */
  #hls({ startMs, endMs }: { startMs: number; endMs?: number }): HlsSource {
    const url = new URL(this.#below('.m3u8'));
    url.searchParams.set('vbegin', new Date(startMs).toISOString());
    if (endMs !== undefined) url.searchParams.set('vend', new Date(endMs).toISOString());
    return new HlsSource(url.href, this.#options);
  }

  #below(path: string): string {
    const url = new URL(this.#address);
    url.pathname = `${url.pathname.replace(/\/$/, '')}/${path}`;
    return url.href;
  }
}
