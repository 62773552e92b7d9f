import type { BusMessage } from '../../core/bus/message-bus.ts';
import { topicMatches } from '../../core/bus/topics.ts';
import { toReelflowError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Dispose } from '../../core/time/clock.ts';

export type Listener = (message: BusMessage) => void;

/** Who in this process listens to which topics. */
export class Listeners {
  readonly #log: Log;
  readonly #byFilter = new Map<string, Set<Listener>>();

  constructor(log: Log) {
    this.#log = log;
  }

  filters(): string[] {
    return [...this.#byFilter.keys()];
  }

  /** `remove` tells whether nobody listens to this filter any more. */
  add(filter: string, listener: Listener): { remove: () => { isLast: boolean } } {
    // Wrapped, so that the same function may listen twice.
    const entry: Listener = (message) => listener(message);
    const known = this.#byFilter.get(filter);
    if (known) known.add(entry);
    else this.#byFilter.set(filter, new Set([entry]));
    return {
      remove: () => {
        const entries = this.#byFilter.get(filter);
        if (!entries?.delete(entry) || entries.size > 0) return { isLast: false };
        this.#byFilter.delete(filter);
        return { isLast: true };
      },
    };
  }

  /** Each listener hears it once, even when several of its filters match; none can disturb another. */
  tell(message: BusMessage): void {
    for (const [filter, entries] of this.#byFilter) {
      if (!topicMatches(filter, message.topic)) continue;
      for (const entry of entries) this.call(entry, message);
    }
  }

  call(listener: Listener, message: BusMessage): void {
    try {
      listener(message);
    } catch (error) {
      this.#log.error(`bus: a listener of ${message.topic} failed: ${toReelflowError(error).message}`);
    }
  }
}

/** Tells several that something changed. */
export class Watchers {
  readonly #watchers = new Set<() => void>();

  add(watcher: () => void): Dispose {
    const entry = (): void => watcher();
    this.#watchers.add(entry);
    return () => this.#watchers.delete(entry);
  }

  tell(): void {
    for (const watcher of this.#watchers) watcher();
  }
}
