import type { Recording } from '../recording/recording.ts';
import { agentPropertiesFile } from '../schedule/agent-properties.ts';
import type { ScheduledEvent } from '../schedule/event.ts';
import type { Station } from '../station.ts';
import { type PycaStatus, pycaStatusOf } from './states.ts';

/** An event as pyCA 4.5 shows it (db.py, BaseEvent.serialize): a JSON:API resource; times are epoch seconds. */
export interface PycaEvent {
  type: 'event';
  id: string;
  attributes: {
    start: number;
    end: number;
    uid: string;
    title: string;
    /** The calendar's entry, as pyCA's own parser leaves it. */
    data: Record<string, unknown>;
    status: PycaStatus;
  };
}

/** Of the newest. */
const mostShown = 1000;

/** Those to come, the next first; then those that were begun, the newest first. */
export function pycaEvents(station: Station): PycaEvent[] {
  return [...upcoming(station), ...recorded(station).map(({ shown }) => shown)];
}

export function pycaEvent(station: Station, uid: string): PycaEvent | undefined {
  return recordedEvent(station, uid)?.shown ?? upcoming(station).find(({ id }) => id === uid);
}

/** The newest recording of an event that was begun; pyCA changes and deletes only those. */
export function recordedEvent(station: Station, uid: string) {
  return recorded(station).find(({ shown }) => shown.id === uid);
}

function recorded({ recordings }: Station): { recording: Recording; shown: PycaEvent }[] {
  return recordings.list({ limit: mostShown }).flatMap((recording) => {
    const status = pycaStatusOf(recording);
    if (!status || status === 'upcoming') return [];
    const { event, plannedStart, plannedEnd, title } = recording;
    const shown = resource({ ...event, title, start: plannedStart, end: plannedEnd }, status);
    return [{ recording, shown }];
  });
}

function upcoming({ schedules, clock }: Station): PycaEvent[] {
  const now = clock.now();
  return schedules
    .list()
    .flatMap(({ events }) => events)
    .filter(({ end }) => end > now)
    .sort((a, b) => a.start - b.start)
    .map((event) => resource(event, 'upcoming'));
}

function resource(event: ScheduledEvent, status: PycaStatus): PycaEvent {
  const { uid, title } = event;
  const attributes = { start: seconds(event.start), end: seconds(event.end), uid, title, data: dataOf(event), status };
  return { type: 'event', id: uid, attributes };
}

function dataOf({ uid, start, end, title, location, series, description, attachments, properties }: ScheduledEvent) {
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`);
  return {
    uid,
    dtstart: seconds(start),
    dtend: seconds(end),
    summary: title,
    ...(description !== undefined && { description }),
    ...(location !== undefined && { location }),
    ...(series !== undefined && { 'related-to': series }),
    attach: [
      ...attachments.map(({ filename, mimeType, text, uri }) => ({
        ...(mimeType !== undefined && { fmttype: mimeType }),
        ...(filename !== undefined && { 'x-apple-filename': filename }),
        data: text ?? uri ?? '',
      })),
      // Ours are read when the calendar is: written again as they came.
      ...(lines.length === 0
        ? []
        : [{ fmttype: 'application/text', 'x-apple-filename': agentPropertiesFile, data: lines.join('') }]),
    ],
  };
}

function seconds(epochMs: number): number {
  return Math.floor(epochMs / 1000);
}
