/**
 * One occurrence of a calendar event: the unit that is recorded.
 * Times are UTC epoch milliseconds; `end` is exclusive.
 */
export interface ScheduledEvent {
  /** Stable id of the occurrence: the UID, for recurring events with `/` and the RECURRENCE-ID in UTC basic format. */
  uid: string;
  start: number;
  end: number;
  title: string;
  location?: string;
  series?: string;
  description?: string;
  /** Names of capture-camera inputs; empty: the recorder's own inputs. */
  inputs: string[];
  /** X- properties and agent properties, name to value as written. */
  properties: Record<string, string>;
  attachments: EventAttachment[];
}

/** RFC 5545 ATTACH: inline data is decoded text, otherwise a URI. */
export interface EventAttachment {
  filename?: string;
  mimeType?: string;
  uri?: string;
  text?: string;
}

export type EventAction = 'prepare' | 'start' | 'update' | 'stop' | 'cancel';

/** `msg.payload` under the topic `event`: capture-schedule to capture-recorder. */
export interface EventMessage {
  action: EventAction;
  event: ScheduledEvent;
}
