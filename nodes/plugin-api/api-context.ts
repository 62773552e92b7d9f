import type { Call } from '../adapters/http/router.ts';
import type { AccessControl } from '../core/access/access.ts';
import type { AuditLog } from '../core/access/audit.ts';
import type { Station } from '../core/station.ts';
import type { EventHub } from './event-hub.ts';
import type { Audience } from './recording-json.ts';
import type { ProcessorShare } from './station-status.ts';

/** What the routes work with. */
export interface ApiContext {
  /** Throws STATION_MISSING while the station is not up yet. */
  station(): Station;
  /** Throws AUDIT_MISSING when this station keeps none. */
  audit(): AuditLog;
  /** Throws ACCESS_MISSING when users are not Reelflow's matter here. */
  access(): AccessControl;
  events: EventHub;
  processor: ProcessorShare;
}

export function audienceOf(call: Call, station: Station): Audience {
  return { isAdmin: call.caller.role === 'admin', dataRoot: station.dataRoot };
}
