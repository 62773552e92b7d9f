import type { KeyValueStore } from '../state/key-value-store.ts';
import type { Clock } from '../time/clock.ts';
import type { Recording } from './recording.ts';

/** How long it is remembered beyond the event's end: calendars that move an event back do so within days. */
const rememberMs = 7 * 24 * 3600_000;

/** Recorder and event uid to the end that the event had when its recording was removed. */
type Ends = Readonly<Record<string, number>>;

const factKey = 'called-off';

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
    if (endedBy !== 'user' || event.end <= now) return;
    const known = Object.entries(this.#ends).filter(([, end]) => end > now - rememberMs);
    // One that was started by hand and then booked comes back through whichever recorder follows the calendar.
    const by = origin === 'manual' ? anyRecorder : recorderId;
    this.#facts.set(factKey, { ...Object.fromEntries(known), [`${by} ${event.uid}`]: event.end });
  }

  /** Until when an event was called off, by its times of then; undefined when it was not. */
  until(recorderId: string, uid: string): number | undefined {
    return this.#ends[`${recorderId} ${uid}`] ?? this.#ends[`${anyRecorder} ${uid}`];
  }

  get #ends(): Ends {
    return this.#facts.get<Ends>(factKey) ?? {};
  }
}

const anyRecorder = '*';
