import { setTimeout as delay } from 'node:timers/promises';
import { ReelflowError, toReelflowError } from '../errors.ts';
import type { SpooledCapture } from './capture-spool.ts';
import type { Segment, Span } from './chunk.ts';
import { isNew, type Loss } from './coverage.ts';
import type { LiveSource, OfferedSegment, SourceEvent } from './live-source.ts';

export interface IntakeOptions {
  spool: SpooledCapture;
  span: Span;
  abort: AbortSignal;
  onSegment: (segment: Segment) => void;
  note: (line: string) => void;
}

/** Pauses between tries of one segment, ms; a source that lists a segment early has it a moment later. */
const pausesMs = [300, 700, 1500, 3000, 6000];
const triesOfLost = 3;
/** Segments of one track that may wait for their turn. */
const mostWaiting = 4;
/** Nothing may be added to a spool that failed: what it holds is good, what comes after would not be found again. */
const fatal = ['SPOOL_FULL', 'INTERNAL'];

/** Takes the segments that a source offers into the spool: each once, each track in order, the tracks beside each other. */
export class CaptureIntake {
  readonly #options: IntakeOptions;
  readonly #lanes = new Map<string, { tail: Promise<void>; waiting: number }>();
  readonly #inits = new Map<string, Promise<Uint8Array>>();
  readonly losses: Loss[] = [];
  readonly reach = new Map<string, number>();
  #failure: unknown;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Until the source has nothing more of the span. Rejects with what the source or the spool rejects with. */
  async take(source: LiveSource): Promise<void> {
    const { span, abort } = this.#options;
    try {
      for await (const event of source.follow(span, abort)) {
        await this.#hear(event);
        if (this.#failure !== undefined) break;
      }
    } finally {
      await Promise.all([...this.#lanes.values()].map(({ tail }) => tail));
    }
    if (this.#failure !== undefined) throw this.#failure;
    abort.throwIfAborted();
  }

  async #hear(event: SourceEvent): Promise<void> {
    const { spool, note } = this.#options;
    switch (event.kind) {
      case 'track':
        await spool.addTrack(event.track);
        note(`track ${event.track.track} (${event.track.container})`);
        return;
      case 'reach':
        this.reach.set(event.track, event.endMs);
        return;
      case 'lost':
        this.#lose({
          ...event.span,
          track: event.track,
          sequences: { first: event.first, last: event.last },
          code: 'SEGMENT_LOST',
          isSegment: false,
        });
        return;
      case 'trouble':
        note(`source: ${event.error.message}`);
        return;
      case 'segment':
        await this.#queue(event.segment);
    }
  }

  async #queue(segment: OfferedSegment): Promise<void> {
    const lane = this.#lanes.get(segment.track) ?? { tail: Promise.resolve(), waiting: 0 };
    this.#lanes.set(segment.track, lane);
    lane.waiting += 1;
    lane.tail = lane.tail.then(async () => {
      try {
        if (this.#failure === undefined) await this.#fetch(segment);
      } catch (error) {
        this.#failure ??= error;
      }
      lane.waiting -= 1;
    });
    if (lane.waiting >= mostWaiting) await lane.tail;
  }

  async #fetch(segment: OfferedSegment): Promise<void> {
    const { spool, abort, onSegment, note } = this.#options;
    const there = spool.segments.filter(({ track }) => track === segment.track);
    if (!isNew(segment, there)) return;
    const loss = {
      track: segment.track,
      startMs: segment.startMs,
      endMs: segment.startMs + segment.durationMs,
      sequences: { first: segment.sequence, last: segment.sequence },
      isSegment: true,
    };
    if (segment.isGap) {
      this.#lose({ ...loss, code: 'SOURCE_GAP' });
      return;
    }
    for (let tries = 1; ; tries++) {
      try {
        const init = segment.init && (await this.#init(segment.init));
        onSegment(await spool.add(segment, init, await segment.read(abort)));
        return;
      } catch (error) {
        abort.throwIfAborted();
        const { code, message } = toReelflowError(error);
        if (fatal.includes(code)) throw error;
        note(`segment ${segment.sequence} of ${segment.track}, try ${tries}: ${message}`);
        const pauseMs = pausesMs[tries - 1];
        const isOver = code === 'SEGMENT_LOST' || code === 'SEGMENT_UNREADABLE' ? tries >= triesOfLost : false;
        if (isOver || pauseMs === undefined) {
          this.#lose({ ...loss, code: code === 'SEGMENT_UNREADABLE' ? code : 'SEGMENT_LOST' });
          return;
        }
        await delay(pauseMs, undefined, { signal: abort });
      }
    }
  }

  async #init({ id, read }: NonNullable<OfferedSegment['init']>): Promise<Uint8Array> {
    const known = this.#inits.get(id);
    if (known) return await known;
    const reading = read(this.#options.abort);
    this.#inits.set(id, reading);
    try {
      return await reading;
    } catch (error) {
      this.#inits.delete(id);
      throw error;
    }
  }

  #lose(loss: Loss): void {
    const { track, sequences, code } = loss;
    this.losses.push(loss);
    const numbers = sequences.first === sequences.last ? sequences.first : `${sequences.first} to ${sequences.last}`;
    this.#options.note(`lost: segment ${numbers} of ${track} (${code})`);
  }
}

/** The run ends for a reason that another attempt may not meet. */
export function isFatalToSpool(error: unknown): boolean {
  return error instanceof ReelflowError && fatal.includes(error.code);
}
