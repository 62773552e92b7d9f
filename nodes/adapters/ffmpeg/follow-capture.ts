import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { isKeyFragment } from '../../core/media/cut.ts';
import { findFragments } from '../../core/media/find-fragments.ts';
import type { Fragment } from '../../core/media/fragment.ts';
import { FragmentScanner } from '../../core/media/fragment-scanner.ts';
import { readerOf } from './captured-file.ts';

/** Far enough back for a group of pictures; where it is longer, the next key picture is waited for. */
const backBytes = 8 * 1024 * 1024;
/** FFmpeg writes twice a second. */
const lookEveryMs = 150;

/**
 * The bytes of a growing capture from its last key picture on, as they are written, for a decoder. Ends when `signal` is
 * aborted. A long capture is not read from its begin.
 */
export async function* followCapture(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const read = readerOf(file);
    const scanner = new FragmentScanner();
    const waiting: Fragment[] = [];
    let hasBegun = false;
    let hasSkipped = false;
    while (!signal.aborted) {
      const { size } = await file.stat();
      for await (const fragment of scanner.advance(read, size)) {
        const { movie } = scanner;
        if (!hasBegun && movie && isKeyFragment(fragment, movie)) waiting.length = 0;
        else if (!hasBegun && waiting.length === 0) continue;
        waiting.push(fragment);
        // The first one told where the tracks are: on to the end.
        if (!hasSkipped && size - fragment.offset > backBytes) {
          hasSkipped = true;
          waiting.length = 0;
          const end = await lastFragments(file, size);
          if (end !== undefined) scanner.skipTo(end);
          break;
        }
      }
      if (waiting.length > 0 && !hasBegun) yield await read(0, scanner.initLength);
      for (const { offset, length } of waiting.splice(0)) {
        hasBegun = true;
        yield await read(offset, length);
      }
      await wait(lookEveryMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  } finally {
    await file.close();
  }
}

async function lastFragments(file: FileHandle, size: number): Promise<number | undefined> {
  const start = Math.max(0, size - backBytes);
  const at = findFragments(await readerOf(file)(start, size - start));
  return at === undefined ? undefined : start + at;
}
