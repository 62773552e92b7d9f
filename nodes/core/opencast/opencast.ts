import type { OpencastAgents } from './agents.ts';
import type { BookedEvent } from './opencast-core.ts';
import type { OpencastCores } from './opencast-cores.ts';

/** What a station has for Opencast. */
export interface Opencast {
  cores: OpencastCores;
  agents: OpencastAgents;
  bookings: Bookings;
}

/** Bookings of recordings that are started by hand: see core/booking. */
export interface Bookings {
  /**
   * What the core has at this time (epoch ms); undefined: there is no core to ask.
   * Rejects as {@link OpencastCore.conflicts}.
   */
  conflictsWith(time: { start: number; end: number }, abort: AbortSignal): Promise<BookedEvent[] | undefined>;
}
