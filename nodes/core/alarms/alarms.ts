import { ReelflowError } from '../errors.ts';
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
  /** A person has seen it. It stands all the same, until it is over; gone when it gets worse. */
  acknowledged?: { by: string; at: number };
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
    const isWorse = before?.severity === 'warning' && alarm.severity === 'error';
    const acknowledged = isWorse ? undefined : before?.acknowledged;
    const since = before?.since ?? this.#clock.now();
    const next = { key, ...alarm, since, ...(acknowledged && { acknowledged }) };
    this.#standing.set(key, next);
    this.#notify({ kind: before ? 'changed' : 'raised', alarm: next });
  }

  /** Notes who has seen it; the first one counts. Throws ALARM_UNKNOWN: it is over, or there never was one. */
  acknowledge(key: string, by: string): Alarm {
    const before = this.#standing.get(key);
    if (!before) throw new ReelflowError('ALARM_UNKNOWN', `no alarm "${key}" stands`, { field: 'key' });
    if (before.acknowledged) return before;
    const alarm = { ...before, acknowledged: { by, at: this.#clock.now() } };
    this.#standing.set(key, alarm);
    this.#notify({ kind: 'changed', alarm });
    return alarm;
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
