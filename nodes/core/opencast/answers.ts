import type { AgentReport, BookedEvent, CoreSeries } from './opencast-core.ts';
import { agentStates, type RecordingState, recordingStates } from './states.ts';

type Fields = Record<string, unknown>;

/** `{"agent-state-update":{"name":..,"state":..,"url":..}}`, AgentStateUpdate.java. */
export function readAgentReport(text: string): AgentReport | undefined {
  const update = fieldsOf(fieldsOf(parse(text))['agent-state-update']);
  const state = agentStates.find((known) => known === update['state']);
  const address = update['url'];
  return state && { state, ...(typeof address === 'string' && address !== '' && { address }) };
}

/** `{"recording-state-update":{"name":..,"state":..}}`, RecordingStateUpdate.java. */
export function readRecordingState(text: string): RecordingState | undefined {
  const update = fieldsOf(fieldsOf(parse(text))['recording-state-update']);
  return recordingStates.find((known) => known === update['state']);
}

/**
 * The list of /recordings/conflicts.json: media packages, in an array, alone, or each in a wrapper, as the core's XML to
 * JSON conversion makes them. What names no event still counts as one: it is a conflict all the same.
 */
export function readBookedEvents(text: string): BookedEvent[] {
  const parsed = parse(text);
  const list = Array.isArray(parsed) ? parsed : Object.keys(fieldsOf(parsed)).length > 0 ? [parsed] : [];
  return list.map((entry) => {
    const outer = fieldsOf(entry);
    const event = fieldsOf(outer['mediapackage'] ?? outer['data'] ?? outer);
    const id = event['id'] ?? event['eventId'];
    const start = instant(event['start'] ?? event['startDate']);
    const duration = Number(event['duration']);
    const end =
      instant(event['end'] ?? event['endDate']) ?? (start !== undefined && duration > 0 ? start + duration : undefined);
    return {
      title: typeof event['title'] === 'string' ? event['title'] : 'another event',
      ...(typeof id === 'string' && { id }),
      ...(start !== undefined && { start }),
      ...(end !== undefined && { end }),
    };
  });
}

/**
 * Lists of series: `[{identifier, title}]` of the External API, `{catalogs: [{"<dcterms>": {identifier: [{value}], ..}}]}`
 * of the series service. Filtered once more, since the External API ignores filters that it does not know.
 */
export function readSeries(text: string, wanted: string): CoreSeries[] {
  const parsed = parse(text);
  const { catalogs } = fieldsOf(parsed);
  const list = Array.isArray(parsed) ? parsed : Array.isArray(catalogs) ? catalogs : [];
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  return list.flatMap((entry) => {
    const fields = fieldsOf(entry);
    const terms = fieldsOf(fields[dcterms] ?? fields);
    const id = firstText(terms['identifier']);
    const title = firstText(terms['title']) ?? id;
    if (id === undefined || title === undefined) return [];
    const isMatch = words.every((word) => JSON.stringify(terms).toLowerCase().includes(word));
    return isMatch ? [{ id, title }] : [];
  });
}

const dcterms = 'http://purl.org/dc/terms/';

function firstText(value: unknown): string | undefined {
  const first: unknown = Array.isArray(value) ? fieldsOf(value[0])['value'] : value;
  return typeof first === 'string' && first !== '' ? first : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function instant(value: unknown): number | undefined {
  const ms = typeof value === 'number' ? value : Date.parse(String(value));
  return Number.isFinite(ms) ? ms : undefined;
}
