import { z } from 'zod';
import { channelEventMessage, chunkEventMessage } from '../archive/archive-message.ts';
import { clipEventMessage } from '../clips/clip-message.ts';
import { recordingStates } from '../recording/recording.ts';
import { cameraEventMessage, cameraStateMessage, time } from '../restream/restream-message.ts';

/**
 * What goes over the bus, as published (docs/asyncapi.yaml is checked against these). JSON in UTF-8, times ISO 8601 UTC
 * with milliseconds, durations in ms. Receivers should let fields pass that they do not know.
 */
const durationMs = z.number().min(0);
const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const text = z.string();

export const problemMessage = z
  .object({ code: text, message: text })
  .meta({ id: 'Problem', description: 'A stable code for programs, a sentence for people' });

const alarm = z
  .object({
    key: text,
    severity: z.enum(['warning', 'error']),
    code: text,
    message: text,
    since: time,
  })
  .meta({ id: 'Alarm', description: 'A condition that a person should look at, until it is over' });

export const statusMessage = z
  .object({
    online: z.literal(true),
    agent: text,
    state: z.enum(['idle', 'capturing', 'uploading', 'error']),
    version: text,
    since: time,
    now: time.meta({ description: "The agent's clock when this was published; the difference to yours is its offset" }),
    disk: z.object({ freeBytes: count, totalBytes: count }).nullable(),
    cameras: z.array(text),
    errors: z.array(alarm),
  })
  .meta({
    id: 'Status',
    description: 'Retained. The last will, and what an agent says when it is stopped, is Offline',
  });

export const offlineMessage = z
  .object({ online: z.literal(false) })
  .meta({ id: 'Offline', description: 'The agent is not there' });

const event = z
  .object({
    uid: text,
    start: time,
    end: time,
    title: text,
    location: text.optional(),
    series: text.optional(),
    inputs: z.array(text).meta({ description: "Empty: the recorder's own" }),
    scheduleId: text,
  })
  .meta({ id: 'ScheduledEvent' });

export const scheduleMessage = z
  .object({
    events: z.array(event).meta({ description: 'The next ones, earliest first, at most 100' }),
    schedules: z.array(
      z.object({
        scheduleId: text,
        name: text,
        lastGoodAt: time.nullable().meta({ description: 'When the calendar was last read and understood' }),
        lastError: problemMessage.nullable(),
      }),
    ),
  })
  .meta({ id: 'Schedule', description: 'Retained' });

const progress = z
  .object({
    input: text,
    durationMs,
    sizeBytes: count,
    framesPerSecond: z.number().optional(),
    levelDbfs: z.number().optional(),
    isCapturing: z.boolean(),
  })
  .meta({ id: 'Progress', description: 'Live figures of one camera' });

const file = z
  .object({
    input: text,
    flavor: text,
    name: text,
    mimeType: text,
    sizeBytes: count,
    durationMs,
  })
  .meta({ id: 'File', description: 'A finished file; read it at /media/recordings/<id>/<name>' });

const warning = z.object({ at: time, input: text.optional(), code: text, message: text }).meta({ id: 'Warning' });

const booking = z
  .object({
    state: z.enum(['none', 'pending', 'booked', 'conflict', 'refused']),
    reason: text.optional(),
    conflicts: z
      .array(z.object({ id: text.optional(), title: text, start: time.optional(), end: time.optional() }))
      .optional()
      .meta({ description: 'The events that are in its way at the core' }),
  })
  .meta({ id: 'Booking', description: 'Whether the Opencast core has an event for a recording started by hand' });

export const recordingMessage = z
  .object({
    id: text,
    state: z.enum(recordingStates),
    origin: z.enum(['schedule', 'manual']),
    title: text,
    eventUid: text,
    inputs: z.array(text),
    plannedStart: time,
    plannedEnd: time,
    start: time.optional(),
    end: time.optional(),
    progress: z.array(progress).meta({ description: 'While it is recorded' }),
    parts: z.array(z.object({ input: text, start: time, end: time.optional() })),
    gaps: z.array(z.object({ input: text, start: time, end: time, reason: text })),
    pauses: z.array(z.object({ start: time, end: time.optional(), isLeftOut: z.boolean() })).meta({
      description: 'What a person did not want; isLeftOut: it is not in the files. Without end: it is paused',
    }),
    isPaused: z.boolean(),
    files: z.array(file),
    isDegraded: z.boolean(),
    isOnHold: z.boolean(),
    warnings: z.array(warning).meta({ description: 'The last 20' }),
    error: problemMessage.optional(),
    delivery: z
      .object({ bytesDone: count, bytesTotal: count, attempts: count, lastError: problemMessage.optional() })
      .optional(),
    booking: booking.optional(),
    updatedAt: time,
  })
  .meta({ id: 'Recording', description: 'Retained, cleared when it is removed or a day after its end' });

export const levelMessage = z
  .object({ at: time, levelDbfs: z.number().min(-120).max(20) })
  .meta({ id: 'Level', description: 'RMS of the last half second; twice a second at most' });

/** `event/recording` */
export const recordingEventMessage = z
  .object({
    at: time,
    id: text,
    title: text,
    from: z.enum(recordingStates).nullable().meta({ description: 'Null: it is new' }),
    to: z.enum(recordingStates).nullable().meta({ description: 'Null: it was removed' }),
  })
  .meta({ id: 'RecordingEvent' });

/** `event/warning` */
export const warningEventMessage = z
  .object({ ...warning.shape, recordingId: text })
  .meta({ id: 'WarningEvent', description: 'Something to look at that did not end the recording' });

/** `event/alarm` */
export const alarmEventMessage = z
  .object({ at: time, change: z.enum(['raised', 'changed', 'cleared']), alarm })
  .meta({ id: 'AlarmEvent' });

export const commandId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be 1 to 128 letters, digits, - and _')
  .meta({ id: 'CommandId', description: 'Made by the sender, new for each command; the same again is not run again' });

/** The request; the verb's own arguments stand beside `id` and `at`. */
export const commandMessage = z
  .looseObject({
    id: commandId,
    at: z.iso
      .datetime({ offset: true, error: 'must be a time such as 2026-11-21T10:15:00.000Z' })
      .optional()
      .meta({ description: 'Be ready now, act then; within the next 24 hours' }),
  })
  .meta({ id: 'Command' });

export const replyMessage = z
  .union([
    z.object({ id: text, ok: z.literal(true), result: z.unknown() }),
    z.object({
      id: text,
      ok: z.literal(false),
      error: z.object({ code: text, message: text, field: text.optional() }),
    }),
  ])
  .meta({ id: 'Reply' });

export type StatusMessage = z.infer<typeof statusMessage>;
export type ScheduleMessage = z.infer<typeof scheduleMessage>;
export type RecordingMessage = z.infer<typeof recordingMessage>;

/** What an agent leaves behind: its last will, and its last word when it is stopped. */
export const offline = { online: false } as const satisfies z.infer<typeof offlineMessage>;

/** All of them, for the document and for whoever wants to check live traffic. */
export const busMessages = {
  statusMessage,
  offlineMessage,
  scheduleMessage,
  recordingMessage,
  cameraStateMessage,
  levelMessage,
  recordingEventMessage,
  warningEventMessage,
  alarmEventMessage,
  cameraEventMessage,
  chunkEventMessage,
  channelEventMessage,
  clipEventMessage,
  commandMessage,
  replyMessage,
} as const;
