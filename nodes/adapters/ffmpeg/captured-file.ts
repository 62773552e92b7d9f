import { type FileHandle, open } from 'node:fs/promises';
import type { Fragment } from '../../core/media/fragment.ts';
import { FragmentScanner, type ReadAt } from '../../core/media/fragment-scanner.ts';

/** Reads from an open file at an offset; fewer bytes than asked at its end. */
export function readerOf(file: FileHandle): ReadAt {
  return async (offset, length) => {
    const bytes = Buffer.allocUnsafe(length);
    const { bytesRead } = await file.read(bytes, 0, length, offset);
    return bytes.subarray(0, bytesRead);
  };
}

/** A growing capture.mp4, looked at again and again; what was read once is not read again. */
export class CapturedFile {
  readonly #path: string;
  readonly #scanner = new FragmentScanner();
  #sizeBytes = 0;

  constructor(path: string) {
    this.#path = path;
  }

  get scanner(): FragmentScanner {
    return this.#scanner;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Fragments that became complete since the last call; none while the file is not there. */
  async *advance(): AsyncGenerator<Fragment> {
    const file = await openIfThere(this.#path);
    if (!file) return;
    try {
      const { size } = await file.stat();
      if (size === this.#sizeBytes) return;
      this.#sizeBytes = size;
      yield* this.#scanner.advance(readerOf(file), size);
    } finally {
      await file.close();
    }
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
