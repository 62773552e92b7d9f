import type { CameraRegistry } from '../core/camera/camera-registry.ts';
import { ReelflowError } from '../core/errors.ts';
import type { AgentSettings } from '../core/opencast/agents.ts';
import type { NodeSite } from '../kit/node-spec.ts';
import type { AgentConfig } from './config.ts';

export interface AgentDefaults {
  /** REELFLOW_AGENT */
  agent: string;
  hostname: string;
  port: number;
  cameras: Pick<CameraRegistry, 'get'>;
}

/** What the agent works with, made of the node's form. @throws OPENCAST_MISSING */
export function agentSettingsOf(
  { id, config }: Pick<NodeSite<AgentConfig>, 'id' | 'config'>,
  { agent, hostname, port, cameras }: AgentDefaults,
): AgentSettings {
  if (config.core === '') {
    throw new ReelflowError('OPENCAST_MISSING', 'no Opencast core is chosen', { field: 'core' });
  }
  return {
    agentId: id,
    coreId: config.core,
    name: config.agent || agent,
    address: config.address || `http://${hostname}:${port}/dashboard`,
    // Cameras are named when they are needed: their nodes may open after this one.
    get inputs() {
      return config.cameras.flatMap((camera) => cameras.get(camera)?.name ?? []);
    },
    heartbeatMs: config.heartbeatSeconds * 1000,
    timeZone: config.timeZone || Intl.DateTimeFormat().resolvedOptions().timeZone,
    extra: Object.fromEntries(config.extra.map(({ key, value }) => [key, value])),
  };
}
