import type { AgentView } from '../core/opencast/agents.ts';
import type { NodeStatus } from '../kit/node-spec.ts';

/** The short text under the node: what the core knows of the agent, or why it knows nothing. Pure. */
export function statusText(view: AgentView, now: number): NodeStatus {
  const { state, toldState, waiting, contact, isBackup, coreUrl } = view;
  if (coreUrl === undefined) return { fill: 'red', shape: 'ring', text: 'no Opencast core' };
  if (isBackup) return { fill: 'grey', shape: 'dot', text: `${state} (backup: the core is told nothing)` };
  const { lastError, lastContactAt } = contact;
  const left = waiting > 0 ? `; ${waiting} to tell` : '';
  if (lastError) {
    const fill = lastError.code === 'OPENCAST_LOGIN' || lastContactAt === undefined ? 'red' : 'yellow';
    const since = lastContactAt === undefined ? '' : ` (last answer ${ageText(now - lastContactAt)} ago)`;
    return { fill, shape: 'ring', text: `${state}${left}: ${lastError.message}${since}` };
  }
  if (toldState === undefined) return { fill: 'grey', shape: 'ring', text: 'not registered yet' };
  if (toldState !== state) return { fill: 'yellow', shape: 'ring', text: `${state}, not told yet${left}` };
  const fill = state === 'error' ? 'red' : state === 'capturing' ? 'red' : state === 'uploading' ? 'blue' : 'green';
  return { fill, shape: state === 'error' ? 'ring' : 'dot', text: `${state}${left}` };
}

function ageText(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
