import { Slots } from '../ingest/slots.ts';
import type { Dispose } from '../time/clock.ts';
import type { Knocker } from './ports.ts';

/** Starts at once: cameras, network and media server would else meet all of them in the same second. */
const mostStarts = 8;
/** Asked at once, of cameras that are away. */
const mostKnocks = 16;

/** Lets the cameras of a station do what costs much one after the other. */
export class CameraTurns {
  readonly #slots = new Slots();
  readonly #knocker: Pick<Knocker, 'answers'>;

  constructor(knocker: Pick<Knocker, 'answers'>) {
    this.#knocker = knocker;
  }

  /** Settles when one more may start; the answer gives the place back. */
  start(signal: AbortSignal): Promise<Dispose> {
    return this.#slots.take('start', () => mostStarts, signal);
  }

  /** False when it was aborted while it waited. */
  async knock(url: string, signal: AbortSignal): Promise<boolean> {
    const leave = await this.#slots.take('knock', () => mostKnocks, signal).catch(() => undefined);
    try {
      return leave !== undefined && (await this.#knocker.answers(url, signal));
    } finally {
      leave?.();
    }
  }
}
