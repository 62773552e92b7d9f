import { toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { AgentView, OpencastAgents } from '../opencast/agents.ts';
import type { Bookings } from '../opencast/opencast.ts';
import type { BookedEvent } from '../opencast/opencast-core.ts';
import type { OpencastCores } from '../opencast/opencast-cores.ts';
import { RetryLane } from '../opencast/retry-lane.ts';
import type { Recording, RecordingBooking } from '../recording/recording.ts';
import type { Recordings } from '../recording/recordings.ts';
import type { Clock, Dispose } from '../time/clock.ts';
import type { InstantLoop } from '../time/instant-loop.ts';
import {
  type BookingNews,
  type BookingPlace,
  book,
  isBookable,
  isBookingOpen,
  tellEnd,
  tooLate,
} from './booking-run.ts';

export interface BookingSurroundings {
  recordings: Pick<Recordings, 'get' | 'list' | 'noteBooking' | 'onChange'>;
  agents: Pick<OpencastAgents, 'list' | 'onChange'>;
  cores: OpencastCores;
  clock: Clock;
  loop: InstantLoop;
  log: Log;
}

/**
 * Gives recordings that are started by hand an event at the Opencast core, in the background and in the order in which
 * they were started; tried again, also after a restart, until the core has answered or the recording is over. What is to
 * be done is in the recordings themselves. No capture ever waits for it.
 */
export class BookingService implements Bookings {
  readonly #around: BookingSurroundings;
  readonly #lane: RetryLane;
  readonly #open = new Set<string>();
  readonly #disposables: Dispose[];
  readonly #wasAway = new Map<string, boolean>();

  constructor(around: BookingSurroundings) {
    const { recordings, agents, loop, log } = around;
    this.#around = around;
    this.#lane = new RetryLane({
      loop,
      work: (abort) => this.#workOff(abort),
      onFailure: ({ message }) => log.debug(`booking: ${message}`),
    });
    this.#disposables = [
      recordings.onChange((recording) => this.#consider(recording)),
      agents.onChange((view) => this.#agentChanged(view)),
    ];
    const unfinished = recordings.list({
      states: ['scheduled', 'armed', 'recording', 'finishing', 'recorded', 'delivering'],
    });
    for (const recording of unfinished) this.#consider(recording);
  }

  /** For a recording that is being started. */
  firstBooking(isWanted: boolean | undefined): RecordingBooking | undefined {
    const agents = this.#around.agents.list();
    if (isWanted === false) return { state: 'none' };
    if (agents.length === 0) {
      if (!isWanted) return undefined;
      return { state: 'refused', reason: 'this station is no capture agent of an Opencast core' };
    }
    if (agents.every(({ isBackup }) => isBackup)) {
      return { state: 'none', reason: 'this station stands by as a backup: it tells the core nothing' };
    }
    return { state: 'pending' };
  }

  async conflictsWith(
    { start, end }: { start: number; end: number },
    abort: AbortSignal,
  ): Promise<BookedEvent[] | undefined> {
    const place = this.#placeOf([]);
    return place && (await place.core.conflicts(place.agent, start, end, abort));
  }

  close(): void {
    this.#lane.stop();
    for (const dispose of this.#disposables) dispose();
  }

  #consider(recording: Recording): void {
    if (!isBookingOpen(recording, this.#around.clock.now())) {
      this.#open.delete(recording.id);
      return;
    }
    this.#open.add(recording.id);
    // Too late needs no core, so it does not wait for one.
    if (isBookable(recording) || recording.booking?.isSubmitted) this.#lane.poke();
    else this.#lane.wake();
  }

  /** An agent that is new, or whose core answers again, is not kept waiting for the next try. */
  #agentChanged({ agentId, contact }: AgentView): void {
    const isAway = contact.lastError !== undefined;
    if (!isAway && this.#wasAway.get(agentId) !== false && this.#open.size > 0) this.#lane.wake();
    this.#wasAway.set(agentId, isAway);
  }

  async #workOff(abort: AbortSignal): Promise<void> {
    const { recordings, clock } = this.#around;
    let failure: unknown;
    const inOrder = [...this.#open].flatMap((id) => recordings.get(id) ?? []).sort((a, b) => a.createdAt - b.createdAt);
    for (const { id } of inOrder) {
      abort.throwIfAborted();
      // As it is now: the others took their time.
      const recording = recordings.get(id);
      if (!recording || !isBookingOpen(recording, clock.now())) {
        this.#open.delete(id);
        continue;
      }
      try {
        await this.#settle(recording, abort);
      } catch (error) {
        if (abort.aborted) throw error;
        failure = error;
        this.#note(id, { booking: { ...recording.booking, state: 'pending', reason: toReelflowError(error).message } });
      }
    }
    if (failure) throw failure;
  }

  async #settle(recording: Recording, abort: AbortSignal): Promise<void> {
    const { id, booking } = recording;
    const place = this.#placeOf(recording.inputs);
    if (booking?.state === 'booked') {
      if (place) this.#note(id, await tellEnd(recording, place.core, abort));
      return;
    }
    if (!isBookable(recording) && !booking?.isSubmitted) {
      this.#note(id, { booking: tooLate });
      return;
    }
    if (!place) return;
    const submit = (event: Recording['event']): void => {
      this.#note(id, { booking: { state: 'pending', isSubmitted: true }, event });
    };
    this.#note(id, await book(recording, place, submit, abort));
  }

  /** The agent that offers these inputs to its core, else the first. */
  #placeOf(inputs: readonly string[]): BookingPlace | undefined {
    const { agents, cores } = this.#around;
    const active = agents.list().filter(({ isBackup }) => !isBackup);
    const agent = active.find((one) => inputs.every((input) => one.inputs.includes(input))) ?? active[0];
    const core = agent && cores.list().find(([, { url }]) => url === agent.coreUrl)?.[1];
    return core && { core, agent: agent.name };
  }

  #note(id: string, { booking, event }: BookingNews): void {
    const { recordings, log } = this.#around;
    const before = recordings.get(id);
    if (!before) return;
    const isSame = before.booking?.state === booking.state && before.booking.reason === booking.reason;
    // The event may have come back through the calendar meanwhile, with more in it than we sent.
    const times = event && { ...before.event, start: event.start, end: event.end };
    if (!isSame) {
      const reason = booking.reason === undefined ? '' : `: ${booking.reason}`;
      const text = `"${before.title}" (${id}): booking at Opencast is ${booking.state}${reason}`;
      if (booking.state === 'conflict' || booking.state === 'refused') log.warn(text);
      else log.info(text);
    }
    recordings.noteBooking(id, booking, times);
  }
}
