import type { OpencastAgents } from './agents.ts';
import type { OpencastCores } from './opencast-cores.ts';

/** What a station has for Opencast. */
export interface Opencast {
  cores: OpencastCores;
  agents: OpencastAgents;
}
