import { hostname } from 'node:os';
import { ReelflowError } from '../core/errors.ts';
import type { AgentNotice, AgentView } from '../core/opencast/agents.ts';
import type { Recording } from '../core/recording/recording.ts';
import { defineNode } from '../kit/define-node.ts';
import type { NodeLife, NodeMessage, NodeSite } from '../kit/node-spec.ts';
import { useOpencast } from '../kit/opencast.ts';
import { useStation } from '../kit/station.ts';
import { type AgentConfig, agentConfig } from './config.ts';
import { agentSettingsOf } from './settings.ts';
import { statusText } from './status.ts';

export default function register(red: unknown): void {
  defineNode(red, { type: 'capture-opencast-agent', version: 1, config: agentConfig, open });
}

function open(site: NodeSite<AgentConfig>): NodeLife {
  const station = useStation();
  const { agents } = useOpencast();
  const { agent, cameras, clock, environment, recordings } = station;
  const settings = agentSettingsOf(site, { agent, cameras, hostname: hostname(), port: environment.port });
  const show = (view: AgentView) => site.show(statusText(view, clock.now()));
  const place = agents.attach(settings, {
    onNotice: (notice) => site.send(messageOf(settings.name, notice)),
    onView: show,
  });
  const own = agents.list().find(({ agentId }) => agentId === site.id);
  if (own) show(own);
  return {
    receive: (message) => {
      const recording = recordings.get(recordingIdOf(message));
      // Removed since it was sent: nothing to tell any more.
      if (recording) place.follow(recording);
    },
    close: (isRemoved) => place.detach(isRemoved),
  };
}

function messageOf(agent: string, notice: AgentNotice): NodeMessage {
  return { topic: notice.kind, payload: { agent, ...notice } };
}

/** What capture-recorder and capture-ingest send. */
function recordingIdOf({ payload }: NodeMessage): string {
  const { id } = (typeof payload === 'object' && payload !== null ? payload : {}) as Partial<Recording>;
  if (typeof id === 'string' && id !== '') return id;
  throw new ReelflowError('MESSAGE_INVALID', 'payload must be a recording, as capture-recorder sends it', {
    field: 'payload',
  });
}
