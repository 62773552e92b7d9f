import type { Span } from '../../../core/archive/chunk.ts';
import type { SourceEvent } from '../../../core/archive/live-source.ts';
import type { SourceOptions, TrackFeed } from './track-feed.ts';
import { TrackReading } from './track-reading.ts';

/** What the tracks of a source have of a span, as it comes; see LiveSource.follow(). */
export async function* followTracks(
  feeds: readonly TrackFeed[],
  span: Span,
  abort: AbortSignal,
  options: SourceOptions,
): AsyncGenerator<SourceEvent> {
  const readings = feeds.map((feed) => new TrackReading(feed, span, options));
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
