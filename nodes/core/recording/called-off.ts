import type { KeyValueStore } from '../state/key-value-store.ts';
import type { Clock } from '../time/clock.ts';
import type { Recording } from './recording.ts';

/** How long it is remembered beyond the event's end: calendars that move an event back do so within days. */
const rememberMs = 7 * 24 * 3600_000;

/** Event uid to the end that the event had when its recording was removed. */
type Ends = Readonly<Record<string, number>>;

/**
 * Events that a person does not want: stopped, or called off, and then even the recording was removed. Kept over
 * restarts, since the calendar will name the event again.
 */
export class CalledOffEvents {
  readonly #facts: KeyValueStore;
  readonly #clock: Clock;

  constructor(facts: KeyValueStore, clock: Clock) {
    this.#facts = facts;
    this.#clock = clock;
  }

  /** A recording is removed by a person. */
  note({ recorderId, event, endedBy, origin }: Recording): void {
    const now = this.#clock.now();
    if (origin !== 'schedule' || endedBy !== 'user' || event.end <= now) return;
    const known = Object.entries(this.#ends(recorderId)).filter(([, end]) => end > now - rememberMs);
    this.#facts.set(key(recorderId), { ...Object.fromEntries(known), [event.uid]: event.end });
  }

  /** Until when an event was called off, by its times of then; undefined when it was not. */
  until(recorderId: string, uid: string): number | undefined {
    const ends = this.#ends(recorderId);
    return Object.hasOwn(ends, uid) ? ends[uid] : undefined;
  }

  #ends(recorderId: string): Ends {
    return this.#facts.get<Ends>(key(recorderId)) ?? {};
  }
}

function key(recorderId: string): string {
  return `called-off:${recorderId}`;
}
