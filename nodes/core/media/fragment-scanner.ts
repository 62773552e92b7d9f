import { ReelflowError, toReelflowError } from '../errors.ts';
import { type Box, broken, readBox } from './boxes.ts';
import { type Fragment, readRuns } from './fragment.ts';
import { type Movie, readMovie } from './movie.ts';

/** Port: bytes of a file; fewer than asked at its end. */
export type ReadAt = (offset: number, length: number) => Promise<Uint8Array>;

/** Enough for the `moof` of half a second and for the `mdat` header behind it, in one read. */
const guessBytes = 4096;
/** A `moov` or `moof` beyond this is not from our tool. */
const largestBoxBytes = 16 * 1024 * 1024;

/**
 * Reads the fragments of a growing file, each once: only boxes that are complete count, so a file that a power cut or
 * a kill -9 ended in the middle gives all but its last fragment. Samples themselves are never read.
 */
export class FragmentScanner {
  #at = 0;
  #movie: Movie | undefined;
  #initLength = 0;
  #pending: Omit<Fragment, 'length'> | undefined;
  #damage: ReelflowError | undefined;

  /** Tracks of the file; undefined while its begin is not written. */
  get movie(): Movie | undefined {
    return this.#movie;
  }

  /** Bytes from the begin of the file up to the end of `moov`: what every cut has to start with. */
  get initLength(): number {
    return this.#initLength;
  }

  /** Set when bytes that are no MP4 were met (a power cut can leave zeros at the end); what lies before is good. */
  get damage(): ReelflowError | undefined {
    return this.#damage;
  }

  /**
   * Goes on at a place where a fragment begins, such as `findFragments` finds one. Only once `movie` is known.
   */
  skipTo(offset: number): void {
    this.#at = offset;
    this.#pending = undefined;
  }

  /** All fragments that became complete since the last call. */
  async *advance(read: ReadAt, sizeBytes: number): AsyncGenerator<Fragment> {
    while (!this.#damage && this.#at + 8 <= sizeBytes) {
      let fragment: Fragment | undefined;
      try {
        const head = await read(this.#at, Math.min(guessBytes, sizeBytes - this.#at));
        const box = readBox(head, 0);
        if (!box || this.#at + box.end > sizeBytes) return;
        const isRead = box.type === 'moov' || box.type === 'moof';
        if (isRead && box.end > largestBoxBytes) throw broken(`a "${box.type}" box of ${box.end} bytes`);
        const bytes = isRead && box.end > head.length ? await read(this.#at, box.end) : head;
        if (isRead && bytes.length < box.end) return;
        fragment = this.#take(bytes, box);
      } catch (error) {
        // RangeError: a box says that it is longer than it is.
        if (!(error instanceof ReelflowError || error instanceof RangeError)) throw error;
        this.#damage = toReelflowError(error, 'MEDIA_BROKEN');
        return;
      }
      if (fragment) yield fragment;
    }
  }

  /** One complete box; a fragment when it was the `mdat` that ends one. */
  #take(bytes: Uint8Array, box: Box): Fragment | undefined {
    const offset = this.#at;
    this.#at += box.end;
    if (box.type === 'moov') {
      this.#movie = readMovie(bytes, box);
      this.#initLength = this.#at;
    } else if (box.type === 'moof') {
      if (!this.#movie) throw broken('fragments before its "moov" box');
      this.#pending = { offset, moofLength: box.end, runs: readRuns(bytes, box, this.#movie) };
    } else if (box.type === 'mdat' && this.#pending) {
      const fragment = { ...this.#pending, length: this.#at - this.#pending.offset };
      this.#pending = undefined;
      return fragment;
    }
    return undefined;
  }
}
