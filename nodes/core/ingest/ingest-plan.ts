import { eventWorkflow } from '../opencast/event-workflow.ts';
import type { Recording, RecordingTrack } from '../recording/recording.ts';
import { accessPolicy } from './access-policy.ts';
import { episodeCatalog } from './episode-catalog.ts';
import type { IngestSettings } from './ingests.ts';

/** What goes into one media package, in order, and how it is processed. */
export interface IngestPlan {
  /** The event's UID, by which the core finds what it scheduled; for others the recording's id. */
  mediaPackageId: string;
  elements: PlannedElement[];
  workflowDefinitionId?: string;
  /** Names without prefix, dots kept. */
  parameters: Record<string, string>;
}

export type PlannedElement =
  | { kind: 'catalog'; key: string; flavor: string; xml: string }
  | { kind: 'attachment'; key: string; flavor: string; fileName: string; xml: string }
  | { kind: 'track'; key: string; flavor: string; tags: string[]; track: RecordingTrack };

/** What a path of the core's takes as it is. */
const plainId = /^[A-Za-z0-9_-]{1,128}$/;

/**
 * @param isKnown whether the core has scheduled it: then it has the catalogs and the access rules, and ours would only
 *   undo what was changed there meanwhile (Opencast docs, capture-agent.md)
 * @param isSequel whether another recording has taken the event's id; then `isKnown` must be false
 * @param agent name of this capture agent
 */
export function planIngest(
  recording: Recording,
  settings: IngestSettings,
  { isKnown, isSequel = false, agent }: { isKnown: boolean; isSequel?: boolean; agent: string },
): IngestPlan {
  const { uid } = recording.event;
  const workflow = eventWorkflow(recording.event);
  const mediaPackageId = isKnown || (plainId.test(uid) && !isSequel) ? uid : recording.id;
  const definition = workflow.definitionId ?? settings.workflowDefinitionId;
  return {
    mediaPackageId,
    elements: [
      ...(isKnown ? [] : metadata(recording, mediaPackageId, settings, agent)),
      ...recording.tracks.map((track) => trackElement(track, recording, settings)),
    ],
    ...(definition ? { workflowDefinitionId: definition } : {}),
    parameters: {
      ...settings.workflowParameters,
      ...(recording.isDegraded ? { degraded: 'true' } : {}),
      ...workflow.parameters,
    },
  };
}

/** Whether an event was read from the calendar of an Opencast core. */
export function isFromCore({ event }: Recording): boolean {
  return (
    Object.keys(event.properties).some((name) => name.startsWith('org.opencastproject.')) ||
    event.attachments.some(({ filename }) => filename === 'episode.xml')
  );
}

function metadata(
  recording: Recording,
  mediaPackageId: string,
  { access }: IngestSettings,
  agent: string,
): PlannedElement[] {
  const { start = recording.plannedStart, end = recording.plannedEnd } = recording;
  const xml = episodeCatalog(recording, { identifier: mediaPackageId, agent, start, end });
  const catalog = { kind: 'catalog', key: 'catalog episode', flavor: 'dublincore/episode', xml } as const;
  if (!access || access.read.length + access.write.length === 0) return [catalog];
  return [
    catalog,
    {
      kind: 'attachment',
      key: 'attachment access',
      flavor: 'security/xacml+episode',
      fileName: 'security-policy-episode.xml',
      xml: accessPolicy(mediaPackageId, access),
    },
  ];
}

function trackElement(track: RecordingTrack, recording: Recording, settings: IngestSettings): PlannedElement {
  const own = settings.tags[track.input] ?? settings.tags['*'] ?? [];
  const mark = recording.isDegraded && settings.degradedTag !== '' ? [settings.degradedTag] : [];
  return {
    kind: 'track',
    key: `track ${track.path}`,
    // A tool of the user's own makes several files of one input, each with a flavor of its own: that one stays.
    flavor: hasOneFlavor(recording, track.input) ? (settings.flavors[track.input] ?? track.flavor) : track.flavor,
    tags: [...new Set([...own, ...mark])],
    track,
  };
}

function hasOneFlavor({ tracks }: Recording, input: string): boolean {
  return new Set(tracks.filter((track) => track.input === input).map(({ flavor }) => flavor)).size < 2;
}
