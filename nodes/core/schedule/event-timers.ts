import type { Clock, Dispose } from '../time/clock.ts';
import type { InstantLoop } from '../time/instant-loop.ts';
import type { EventAction, ScheduledEvent } from './event.ts';

type Phase = 'waiting' | 'prepared' | 'started' | 'over';

interface Entry {
  event: ScheduledEvent;
  phase: Phase;
  /** Where it goes when its present time is over: it was moved away while it ran. */
  movedTo?: ScheduledEvent;
  dispose: Dispose;
}

export interface EventTimersOptions {
  clock: Clock;
  loop: InstantLoop;
  leadMs: number;
  send(action: EventAction, event: ScheduledEvent): void;
  /** Its end has passed and it was never started. */
  onMissed(event: ScheduledEvent): void;
}

/**
 * Says when each event of one schedule is due: `prepare`, `start`, `stop` at their instants; `update` and `cancel` when
 * the calendar changes. All targets are UTC instants in the one InstantLoop.
 */
export class EventTimers {
  readonly #options: EventTimersOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: EventTimersOptions) {
    this.#options = options;
  }

  add(event: ScheduledEvent): void {
    this.#entries.get(event.uid)?.dispose();
    this.#advance(this.#put(event));
  }

  /** New time or other details of an event that may already run. */
  change(event: ScheduledEvent): void {
    const entry = this.#entries.get(event.uid);
    const now = this.#options.clock.now();
    if (!entry || entry.phase === 'over') {
      this.add(event);
    } else if (entry.phase === 'started' && event.start > now && event.start > entry.event.end) {
      // What runs is recorded to its end as it was; then it has its turn at the new time.
      entry.movedTo = event;
    } else {
      delete entry.movedTo;
      entry.event = event;
      if (entry.phase !== 'waiting') this.#options.send('update', event);
      this.#advance(entry);
    }
  }

  cancel(event: ScheduledEvent): void {
    const entry = this.#entries.get(event.uid);
    if (entry?.phase === 'over') return;
    this.forget(event.uid);
    this.#options.send('cancel', entry?.event ?? event);
  }

  has(uid: string): boolean {
    return this.#entries.has(uid);
  }

  /** Drops what is over or out of sight; what is due now still gets its stop. */
  keepOnly(uids: ReadonlySet<string>): void {
    const now = this.#options.clock.now();
    for (const [uid, { phase, event }] of this.#entries) {
      if (!uids.has(uid) && (phase === 'over' || (phase === 'waiting' && event.end > now))) this.forget(uid);
    }
  }

  forget(uid: string): void {
    this.#entries.get(uid)?.dispose();
    this.#entries.delete(uid);
  }

  /** Announces everything that is current again: a node was attached anew, or the clock was set back. */
  replay(): void {
    const now = this.#options.clock.now();
    for (const entry of this.#entries.values()) {
      if (entry.event.end <= now) continue;
      entry.phase = 'waiting';
      this.#advance(entry);
    }
  }

  /** The lead may differ after a deploy. */
  setLead(leadMs: number): void {
    this.#options.leadMs = leadMs;
    for (const entry of this.#entries.values()) this.#arm(entry);
  }

  dispose(): void {
    for (const uid of this.#entries.keys()) this.forget(uid);
  }

  #put(event: ScheduledEvent): Entry {
    const entry: Entry = { event, phase: 'waiting', dispose: () => {} };
    this.#entries.set(event.uid, entry);
    return entry;
  }

  #advance(entry: Entry): void {
    for (;;) {
      const now = this.#options.clock.now();
      const { event, phase } = entry;
      if (this.#entries.get(event.uid) !== entry || phase === 'over' || now < this.#nextInstant(entry)) break;
      if (phase === 'waiting' && event.end <= now) {
        entry.phase = 'over';
        this.#options.onMissed(event);
      } else if (phase === 'waiting') {
        entry.phase = 'prepared';
        this.#options.send('prepare', event);
      } else if (phase === 'prepared' && now < event.end) {
        entry.phase = 'started';
        this.#options.send('start', event);
      } else {
        if (phase === 'prepared') this.#options.onMissed(event);
        entry.phase = 'over';
        this.#options.send('stop', event);
        if (entry.movedTo) this.add(entry.movedTo);
      }
    }
    this.#arm(entry);
  }

  #nextInstant({ phase, event }: Entry): number {
    if (phase === 'waiting') return event.start - this.#options.leadMs;
    return phase === 'prepared' ? event.start : event.end;
  }

  #arm(entry: Entry): void {
    entry.dispose();
    if (entry.phase === 'over' || this.#entries.get(entry.event.uid) !== entry) return;
    entry.dispose = this.#options.loop.at(this.#nextInstant(entry), () => this.#advance(entry));
  }
}
