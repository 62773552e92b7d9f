import { ReelflowError } from '../errors.ts';
import type { Clock } from '../time/clock.ts';
import type { AgentNotice } from './agents.ts';
import type { OpencastCore } from './opencast-core.ts';
import type { QueuedState, StateQueue } from './state-queue.ts';

export interface SenderOptions {
  queue: StateQueue;
  clock: Clock;
  notify: (notice: AgentNotice) => void;
}

/** Sends what waits, in order for each event. One event that the core stumbles over does not hold up the others. */
export class RecordingStateSender {
  readonly #options: SenderOptions;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Rejects when something is left for later. */
  async sendAll(core: OpencastCore, abort: AbortSignal): Promise<void> {
    const { queue } = this.#options;
    const resting = new Set<string>();
    let failure: unknown;
    for (let entry = queue.next(resting); entry; entry = queue.next(resting)) {
      try {
        await this.#send(core, entry, abort);
      } catch (error) {
        if (!(error instanceof ReelflowError) || error.code !== 'OPENCAST_STATUS') throw error;
        failure = error;
        resting.add(entry.eventId);
      }
    }
    if (failure) throw failure;
  }

  async #send(core: OpencastCore, entry: QueuedState, abort: AbortSignal): Promise<void> {
    const { queue, clock, notify } = this.#options;
    const { eventId, state } = entry;
    try {
      const isKnown = await core.setRecordingState(eventId, state, abort);
      queue.done(entry);
      notify({ kind: 'recording-state', eventId, state, isKnown, at: clock.now() });
    } catch (error) {
      const isRefused = error instanceof ReelflowError && error.code === 'OPENCAST_STATUS' && !error.isRetryable;
      if (!isRefused) throw error;
      queue.done(entry);
      notify({ kind: 'refused', eventId, state, message: error.message, at: clock.now() });
    }
  }
}
