import type { ScheduledEvent } from '../schedule/event.ts';
import type { Recording, RecordingBooking, RecordMessage } from './recording.ts';
import { makeRecordingId } from './recording-id.ts';

interface Frame {
  recorderId: string;
  inputs: string[];
  now: number;
  directoryOf: (id: string) => string;
}

/** The recording of a calendar event; `start` may be later than the event's, when part of it is recorded already. */
export function fromEvent(event: ScheduledEvent, start: number, frame: Frame): Recording {
  return make(frame, { origin: 'schedule', state: 'armed', title: event.title, event, start, end: event.end });
}

/** A recording that a person or another system asked for: begins at once. */
export function fromRequest(
  request: Pick<RecordMessage, 'title' | 'creator' | 'description' | 'seriesId'> & { durationMs: number },
  booking: RecordingBooking | undefined,
  frame: Frame,
): Recording {
  const { now } = frame;
  const title = request.title?.trim() || `Recording ${new Date(now).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const { creator, description, seriesId } = request;
  const event: ScheduledEvent = {
    uid: '',
    start: now,
    end: now + request.durationMs,
    title,
    ...(description && { description }),
    ...(seriesId && { series: seriesId }),
    inputs: frame.inputs,
    properties: { ...(creator && { 'event.creator': creator }), ...(seriesId && { 'event.series': seriesId }) },
    attachments: [],
  };
  const recording = make(frame, { origin: 'manual', state: 'recording', title, event, start: now, end: event.end });
  return { ...recording, event: { ...event, uid: recording.id }, ...(booking && { booking }) };
}

function make(
  frame: Frame,
  what: Pick<Recording, 'origin' | 'state' | 'title' | 'event'> & { start: number; end: number },
): Recording {
  const id = makeRecordingId(what.start);
  return {
    id,
    recorderId: frame.recorderId,
    origin: what.origin,
    state: what.state,
    title: what.title,
    event: what.event,
    plannedStart: what.start,
    plannedEnd: what.end,
    inputs: frame.inputs,
    tracks: [],
    parts: [],
    gaps: [],
    isDegraded: false,
    isOnHold: false,
    warnings: [],
    directory: frame.directoryOf(id),
    createdAt: frame.now,
    updatedAt: frame.now,
  };
}
