import type { Alarms } from '../alarms/alarms.ts';
import type { Dispose } from '../time/clock.ts';
import type { InstantLoop } from '../time/instant-loop.ts';
import { reasonWords } from './failure.ts';
import type { Knocker } from './ports.ts';
import { placeOf } from './target.ts';

const everyMs = 2000;

interface Away {
  place: { host: string; port: number };
  isAsked: boolean;
  waiting: Set<() => void>;
}

/**
 * One breaker for each media server: while it is away the cameras wait for it together, instead of each failing on its own
 * and waiting ever longer. One connection every two seconds finds out.
 */
export class TargetGate {
  readonly #knocker: Knocker;
  readonly #alarms: Alarms;
  readonly #away = new Map<string, Away>();
  readonly #closing = new AbortController();
  readonly #stopTimer: Dispose;

  constructor(around: { knocker: Knocker; alarms: Alarms; loop: Pick<InstantLoop, 'every'> }) {
    this.#knocker = around.knocker;
    this.#alarms = around.alarms;
    this.#stopTimer = around.loop.every(everyMs, () => {
      for (const key of this.#away.keys()) void this.#ask(key);
    });
  }

  /** True while it is known to be away. */
  isAway(url: string): boolean {
    return this.#away.has(keyOf(url));
  }

  /** Looks; false when it is away. Targets that do not listen on TCP count as there. */
  async check(url: string): Promise<boolean> {
    const place = placeOf(url);
    if (!place) return true;
    const key = keyOf(url);
    if (this.#away.has(key)) return false;
    if (await this.#knocker.connects(place, this.#closing.signal)) return true;
    if (this.#closing.signal.aborted || this.#away.has(key)) return false;
    this.#away.set(key, { place, isAsked: false, waiting: new Set() });
    this.#alarms.raise(alarmKey(key), {
      severity: 'error',
      code: 'MEDIA_SERVER_AWAY',
      message: `${reasonWords('media-server-away')}: ${key}`,
    });
    return false;
  }

  /** Calls back once when it answers again. */
  whenBack(url: string, listener: () => void): Dispose {
    const away = this.#away.get(keyOf(url));
    if (!away) {
      listener();
      return () => {};
    }
    away.waiting.add(listener);
    return () => away.waiting.delete(listener);
  }

  close(): void {
    this.#stopTimer();
    this.#closing.abort();
    for (const key of this.#away.keys()) this.#alarms.clear(alarmKey(key));
    this.#away.clear();
  }

  async #ask(key: string): Promise<void> {
    const away = this.#away.get(key);
    if (!away || away.isAsked) return;
    away.isAsked = true;
    const isThere = await this.#knocker.connects(away.place, this.#closing.signal).catch(() => false);
    away.isAsked = false;
    if (!isThere || this.#away.get(key) !== away) return;
    this.#away.delete(key);
    this.#alarms.clear(alarmKey(key));
    for (const listener of away.waiting) listener();
  }
}

function keyOf(url: string): string {
  const place = placeOf(url);
  return place ? `${place.host}:${place.port}` : '';
}

function alarmKey(key: string): string {
  return `media-server-away:${key}`;
}
