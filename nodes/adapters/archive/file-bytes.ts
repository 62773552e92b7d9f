import type { FileHandle } from 'node:fs/promises';

const readBytes = 256 * 1024;

/**
 * Streams bytes of an open file, the end not in it, and closes it: at the end, when it is not read on, and when the signal
 * says so before the first byte was asked for, since a generator that was never begun has no end.
 */
export function fileBytes(
  file: FileHandle,
  { start, end }: { start: number; end: number },
  abort: AbortSignal,
): AsyncIterable<Uint8Array> {
  const letGo = () => void close();
  const close = () => {
    abort.removeEventListener('abort', letGo);
    // What was read is not worth less for it.
    return file.close().catch(() => {});
  };
  if (abort.aborted) letGo();
  else abort.addEventListener('abort', letGo);
  return read(file, { start, end }, abort, close);
}

async function* read(
  file: FileHandle,
  { start, end }: { start: number; end: number },
  abort: AbortSignal,
  close: () => Promise<void>,
): AsyncGenerator<Uint8Array> {
  try {
    let at = start;
    while (at < end) {
      abort.throwIfAborted();
      const buffer = Buffer.allocUnsafe(Math.min(readBytes, end - at));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await close();
  }
}
