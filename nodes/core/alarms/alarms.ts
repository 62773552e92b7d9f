import type { Clock, Dispose } from '../time/clock.ts';

/** A condition that a person should look at. It stands until it is over; it is raised once, not again and again. */
export interface Alarm {
  /** Stable: `camera-away:hall-1`, `disk-low`, `schedule-old:node-id`. */
  key: string;
  severity: 'warning' | 'error';
  /** SCREAMING_SNAKE, as in errors. */
  code: string;
  message: string;
  since: number;
}

export type AlarmChange = { kind: 'raised' | 'changed' | 'cleared'; alarm: Alarm };

/** The alarms that stand now. */
export class Alarms {
  readonly #clock: Clock;
  readonly #standing = new Map<string, Alarm>();
  readonly #listeners = new Set<(change: AlarmChange) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  raise(key: string, alarm: Pick<Alarm, 'severity' | 'code' | 'message'>): void {
    const before = this.#standing.get(key);
    if (before && before.message === alarm.message && before.severity === alarm.severity) return;
    const next = { key, ...alarm, since: before?.since ?? this.#clock.now() };
    this.#standing.set(key, next);
    this.#notify({ kind: before ? 'changed' : 'raised', alarm: next });
  }

  clear(key: string): void {
    const before = this.#standing.get(key);
    if (!before) return;
    this.#standing.delete(key);
    this.#notify({ kind: 'cleared', alarm: before });
  }

  list(): Alarm[] {
    return [...this.#standing.values()];
  }

  onChange(listener: (change: AlarmChange) => void): Dispose {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #notify(change: AlarmChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}
