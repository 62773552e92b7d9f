import type { IngestProgress } from '../core/ingest/ingests.ts';
import type { AgentView } from '../core/opencast/agents.ts';
import type { QueuedState } from '../core/opencast/state-queue.ts';
import type { Station } from '../core/station.ts';
import { type Audience, hidePaths, iso } from './recording-json.ts';

/** Among so many of the newest recordings the title of a waiting state is looked for. */
const titledRecordings = 200;

/** How the station stands with Opencast: what `GET /api/v1/opencast` and the `opencast` event say. */
export function opencastJson(station: Station, audience: Audience) {
  const agents = station.opencast?.agents;
  const views = agents?.list() ?? [];
  const titles = views.some(({ waiting }) => waiting > 0) ? titlesByEvent(station) : new Map<string, string>();
  return {
    agents: views.map((view) => agentJson(view, agents?.waiting(view.agentId) ?? [], titles, audience)),
    uploads: (station.ingests?.progress() ?? []).map((progress) => uploadJson(progress, audience)),
  };
}

function agentJson(
  view: AgentView,
  waiting: readonly QueuedState[],
  titles: ReadonlyMap<string, string>,
  audience: Audience,
) {
  const { lastContactAt, lastError } = view.contact;
  return {
    agentId: view.agentId,
    name: view.name,
    coreUrl: view.coreUrl,
    isBackup: view.isBackup,
    state: view.state,
    toldState: view.toldState,
    lastContactAt: iso(lastContactAt) ?? null,
    lastError: lastError
      ? { code: lastError.code, message: hidePaths(lastError.message, audience), at: iso(lastError.at) }
      : null,
    waiting: waiting.map(({ eventId, state, at }) => ({ eventId, title: titles.get(eventId), state, at: iso(at) })),
  };
}

function uploadJson({ error, waitsUntil, target, ...progress }: IngestProgress, audience: Audience) {
  return {
    ...progress,
    coreUrl: target,
    error: error && { code: error.code, message: hidePaths(error.message, audience) },
    waitsUntil: iso(waitsUntil),
  };
}

function titlesByEvent({ recordings }: Station): Map<string, string> {
  return new Map(recordings.list({ limit: titledRecordings }).map(({ event, title }) => [event.uid, title]));
}
