import type { Clock, Dispose } from '../time/clock.ts';
import type { InstantLoop } from '../time/instant-loop.ts';
import type { MessageBus } from './message-bus.ts';

export interface Pace {
  /** Least time between two messages on one topic. */
  everyMs: number;
  isRetained?: boolean;
}

interface Topic {
  sentAtMs: number;
  /** Set while the newest message waits for its turn. */
  next?: { make: () => unknown; cancel: Dispose };
}

/** Publishes state that changes faster than others should hear of it: the first at once, the newest always, not each. */
export class PacedTopics {
  readonly #bus: MessageBus;
  readonly #clock: Clock;
  readonly #loop: Pick<InstantLoop, 'after'>;
  readonly #topics = new Map<string, Topic>();

  constructor(bus: MessageBus, clock: Clock, loop: Pick<InstantLoop, 'after'>) {
    this.#bus = bus;
    this.#clock = clock;
    this.#loop = loop;
  }

  /** `make` is called when the message is due, so that it tells how things are then. */
  offer(topic: string, make: () => unknown, pace: Pace): void {
    const known = this.#topics.get(topic);
    const now = this.#clock.monotonicMs();
    if (known?.next) {
      known.next.make = make;
      return;
    }
    const waitMs = known ? known.sentAtMs + pace.everyMs - now : 0;
    if (waitMs <= 0) {
      this.#topics.set(topic, { sentAtMs: now });
      this.#bus.publish(topic, make(), { isRetained: pace.isRetained ?? false });
      return;
    }
    const next = {
      make,
      cancel: this.#loop.after(waitMs, () => {
        this.#topics.set(topic, { sentAtMs: this.#clock.monotonicMs() });
        this.#bus.publish(topic, next.make(), { isRetained: pace.isRetained ?? false });
      }),
    };
    if (known) known.next = next;
  }

  /** Nothing more is sent; a retained topic is cleared. */
  clear(topic: string): void {
    this.#topics.get(topic)?.next?.cancel();
    this.#topics.delete(topic);
    this.#bus.publish(topic, '', { isRetained: true });
  }

  stop(): void {
    for (const { next } of this.#topics.values()) next?.cancel();
    this.#topics.clear();
  }
}
