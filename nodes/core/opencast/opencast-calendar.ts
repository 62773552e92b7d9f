import { ReelflowError } from '../errors.ts';
import type { CalendarReading, CalendarSource, CalendarValidators } from '../schedule/calendar-source.ts';
import type { Dispose } from '../time/clock.ts';
import type { OpencastCores } from './opencast-cores.ts';

/** The schedule that a core has for one agent. The core is looked up at each reading: its node may come and go. */
export class OpencastCalendar implements CalendarSource {
  readonly #cores: OpencastCores;
  readonly #coreId: string;
  readonly #agent: string;
  /** URL of the core that was read last: the ETag of another means nothing, and all of them begin with `mod0`. */
  #readFrom: string | undefined;

  constructor(cores: OpencastCores, { coreId, agent }: { coreId: string; agent: string }) {
    this.#cores = cores;
    this.#coreId = coreId;
    this.#agent = agent;
  }

  /** @throws OPENCAST_MISSING and what OpencastCore.readCalendar throws */
  async read(known: CalendarValidators | undefined, abort: AbortSignal): Promise<CalendarReading> {
    const core = this.#cores.get(this.#coreId);
    if (!core) {
      throw new ReelflowError('OPENCAST_MISSING', 'the Opencast core of this schedule is not set up', {
        isRetryable: true,
      });
    }
    const isOther = this.#readFrom !== undefined && this.#readFrom !== core.url;
    const reading = await core.readCalendar(this.#agent, isOther ? undefined : known?.etag, abort);
    this.#readFrom = core.url;
    if (reading.kind === 'unchanged') return reading;
    const { text, etag } = reading;
    return { kind: 'text', text, ...(etag !== undefined && { validators: { etag } }) };
  }

  /** Read at once when the core's node appears or has another address. */
  watch(onChange: () => void): Dispose {
    let seen = this.#cores.get(this.#coreId);
    return this.#cores.onChange(() => {
      const core = this.#cores.get(this.#coreId);
      if (core === seen) return;
      seen = core;
      if (core) onChange();
    });
  }
}
