import { closeSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs';
import { largestSideFileBytes } from '../ffmpeg/side-files.ts';

const tailBytes = 1024;
const label = 'frame=';
/** For all files: a look is over before the next one begins. */
const tail = Buffer.alloc(tailBytes);

/**
 * The file to which FFmpeg writes its progress (`-progress`), read to see whether it goes on. It is kept open and read at once, without
 * the thread pool: hundreds of streams are looked at every other second, and a read of what was just written takes a
 * hundredth of the turns through the pool. The disk is the one of the database, which waits for it just so.
 */
export class ProgressFile {
  readonly #path: string;
  #descriptor: number | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** `frame=` of the newest whole block (a block ends with `progress=`); undefined while there is none. */
  frames(): number | undefined {
    this.#descriptor ??= openIfThere(this.#path);
    if (this.#descriptor === undefined) return undefined;
    const { size, blocks } = fstatSync(this.#descriptor);
    const length = readSync(this.#descriptor, tail, 0, tailBytes, Math.max(0, size - tailBytes));
    if (blocks * 512 > largestSideFileBytes) ftruncateSync(this.#descriptor, 0);
    return lastFrame(tail.toString('latin1', 0, length));
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function lastFrame(text: string): number | undefined {
  const end = text.lastIndexOf('progress=');
  const start = end < 0 ? -1 : text.lastIndexOf(label, end);
  if (start < 0) return undefined;
  const frames = Number(text.slice(start + label.length, text.indexOf('\n', start)));
  return Number.isNaN(frames) ? undefined : frames;
}
