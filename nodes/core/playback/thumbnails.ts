import { ReelflowError } from '../errors.ts';
import type { Playback } from './playback.ts';
import type { PlaybackPlan } from './playback-plan.ts';
import type { PlayedSegment } from './played-track.ts';

/** Port: the first picture of a piece of media as a small JPEG. Rejects with PICTURE_FAILED, TOOL_MISSING. */
export type PictureMaker = (media: Uint8Array) => Promise<Uint8Array>;

/** Small pictures: some 8 MB of them. */
const mostKept = 1000;
/** Decoding a key frame is short, but it is the processor's work: recording goes before. */
const mostAtOnce = 2;
/** Further ones are told to come again: a timeline asks for the next one long before they would be made. */
const mostWaiting = 30;
const longestSegmentBytes = 32 * 1024 * 1024;

/** The picture that was on at an instant, made when somebody asks for it, and remembered for a while. */
export class Thumbnails {
  readonly #playback: Pick<Playback, 'plan' | 'segmentBytes'>;
  readonly #make: PictureMaker;
  /** In the order of being asked for. */
  readonly #kept = new Map<string, Promise<Uint8Array>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(playback: Pick<Playback, 'plan' | 'segmentBytes'>, make: PictureMaker) {
    this.#playback = playback;
    this.#make = make;
  }

  /**
   * The first picture of the segment that was on; `etag` stands for its content. Rejects with RANGE_EMPTY, CHANNEL_UNKNOWN,
   * PICTURE_UNKNOWN (no video), TOO_MANY_PICTURES, and as PictureMaker.
   */
  async at(channel: string, instantMs: number): Promise<{ jpeg: Uint8Array; etag: string }> {
    const plan = await this.#playback.plan(channel, { startMs: instantMs, endMs: instantMs + 1, isOpen: false });
    const segment = smallest(plan);
    const etag = `${segment.object.sha256.slice(0, 32)}-${segment.offset}`;
    const known = this.#kept.get(etag);
    if (known) {
      this.#kept.delete(etag);
      this.#kept.set(etag, known);
      return { jpeg: await known, etag };
    }
    const made = this.#inTurn(async () => await this.#make(await this.#playback.segmentBytes(channel, segment)));
    this.#kept.set(etag, made);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest);
    try {
      return { jpeg: await made, etag };
    } catch (error) {
      this.#kept.delete(etag);
      throw error;
    }
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < mostAtOnce) this.#running += 1;
    else {
      if (this.#waiting.length >= mostWaiting) {
        throw new ReelflowError('TOO_MANY_PICTURES', 'many pictures are being made already', { isRetryable: true });
      }
      // Who ends gives the place on.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}

/** Of several rungs of a ladder the smallest is enough. */
function smallest({ tracks, channel }: PlaybackPlan): PlayedSegment {
  const segments = tracks.flatMap(({ runs }) => runs.flatMap((run) => run.segments.slice(0, 1)));
  const [least] = segments.filter(({ kinds }) => kinds.includes('video')).sort((a, b) => a.length - b.length);
  if (least && least.length <= longestSegmentBytes) return least;
  throw new ReelflowError('PICTURE_UNKNOWN', `channel ${channel} has no picture there`);
}
