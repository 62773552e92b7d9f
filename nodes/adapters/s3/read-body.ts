import type { Readable } from 'node:stream';
import { ReelflowError } from '../../core/errors.ts';

/** Of a store that stops in the middle. A reader that takes its time is another matter. */
const silenceMs = 60_000;

/** The bytes of an answer; none of no answer. The connection is given back at the end, and when the reader stops early. */
export function readBody(
  body: unknown,
  abort: AbortSignal,
  inWords: (error: unknown) => unknown,
): AsyncIterable<Uint8Array> {
  const stream = body as Readable | undefined;
  // Also while nobody reads yet: an error without a listener would end the process.
  stream?.on('error', () => {});
  return read(stream, abort, inWords);
}

async function* read(
  stream: Readable | undefined,
  abort: AbortSignal,
  inWords: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  if (!stream) return;
  const parts = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  try {
    for (;;) {
      const part = await nextOf(parts, stream);
      if (part.done) return;
      yield part.value;
    }
  } catch (error) {
    abort.throwIfAborted();
    throw inWords(error);
  } finally {
    stream.destroy();
  }
}

async function nextOf(parts: AsyncIterator<Uint8Array>, stream: Readable): Promise<IteratorResult<Uint8Array>> {
  const timer = setTimeout(() => {
    stream.destroy(new ReelflowError('STORE_UNREACHABLE', 'the store stopped in the middle', { isRetryable: true }));
  }, silenceMs);
  try {
    return await parts.next();
  } finally {
    clearTimeout(timer);
  }
}
