import type { Outage, ReasonClass, RestreamReason } from './restream.ts';

const hour = 3_600_000;
const day = 24 * hour;
/** A camera that fails each second all day must not fill the memory; what comes first is kept. */
const mostTimes = 4000;
const mostOutages = 500;

/** Where outages are kept over a restart. */
export interface OutageStore {
  /** Of the last day, oldest first. */
  outages(camera: string, since: number): Outage[];
  /** Writes one, found by its start. */
  saveOutage(camera: string, outage: Outage): void;
  dropOutages(camera: string | undefined, before: number): void;
}

/** What became of one camera of late: outages of a day, restarts and stalls of an hour. */
export class CameraHistory {
  readonly #camera: string;
  readonly #store: OutageStore;
  readonly #outages: Outage[];
  #reconnects: number[] = [];
  #stalls: number[] = [];

  constructor(camera: string, store: OutageStore, now: number) {
    this.#camera = camera;
    this.#store = store;
    this.#outages = store.outages(camera, now - day);
  }

  /** It is not live, for this reason. The first reason of an outage stands until a better one is known. */
  down(now: number, reason: RestreamReason): void {
    const last = this.#outages.at(-1);
    if (last && last.end === undefined) {
      if (last.class === reason.class || !isVague(last.class)) return;
      Object.assign(last, reason);
      this.#store.saveOutage(this.#camera, last);
      return;
    }
    const outage = { start: now, ...reason };
    this.#outages.push(outage);
    if (this.#outages.length > mostOutages) this.#outages.shift();
    this.#store.saveOutage(this.#camera, outage);
  }

  /** It is live, or nobody wants it to be. */
  up(now: number): void {
    const last = this.#outages.at(-1);
    if (!last || last.end !== undefined) return;
    last.end = Math.max(now, last.start);
    this.#store.saveOutage(this.#camera, last);
  }

  reconnect(now: number, isStall: boolean): void {
    this.#reconnects = recent(this.#reconnects, now);
    this.#reconnects.push(now);
    if (!isStall) return;
    this.#stalls = recent(this.#stalls, now);
    this.#stalls.push(now);
  }

  perHour(now: number): { reconnectsPerHour: number; stallsPerHour: number } {
    this.#reconnects = recent(this.#reconnects, now);
    this.#stalls = recent(this.#stalls, now);
    return { reconnectsPerHour: this.#reconnects.length, stallsPerHour: this.#stalls.length };
  }

  outages(now: number): Outage[] {
    return this.#outages.filter(({ end }) => end === undefined || end > now - day).map((outage) => ({ ...outage }));
  }

  /** When the outage that goes on began. */
  get downSince(): number | undefined {
    const last = this.#outages.at(-1);
    return last?.end === undefined ? last?.start : undefined;
  }
}

/** A dropped connection is often the first sign of a camera or a server that turns out to be away. */
function isVague(reason: ReasonClass): boolean {
  return ['ended', 'dropped', 'unknown', 'killed', 'timeout'].includes(reason);
}

/** The clock may have been set back: what lies in the future is not of the last hour. */
function recent(times: readonly number[], now: number): number[] {
  return times.filter((time) => time > now - hour && time <= now + 1000).slice(-mostTimes);
}
