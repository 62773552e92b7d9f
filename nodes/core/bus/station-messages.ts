import type { Alarm } from '../alarms/alarms.ts';
import type { DiskUsage } from '../disk/disk.ts';
import { isPaused } from '../recording/pause.ts';
import type { Recording, RecordingBooking, RecordingProgress } from '../recording/recording.ts';
import { redact } from '../redact.ts';
import type { ScheduleView } from '../schedule/schedule.ts';
import type { Station } from '../station.ts';
import type { RecordingMessage, ScheduleMessage, StatusMessage } from './messages.ts';

const mostEvents = 100;
const mostWarnings = 20;

/** Epoch ms to ISO 8601 UTC with milliseconds. */
export function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/** A sentence for others: no passwords, and not where things lie on this machine. */
export function words(text: string, dataRoot: string): string {
  return redact(text).replaceAll(dataRoot, '…');
}

export function statusOf(station: Station, disk: DiskUsage | undefined): StatusMessage {
  const alarms = station.alarms.list();
  return {
    online: true,
    agent: station.agent,
    state: agentState(station, alarms),
    version: station.version,
    since: iso(station.startedAt),
    now: iso(station.clock.now()),
    disk: disk ? { freeBytes: Math.round(disk.freeBytes), totalBytes: Math.round(disk.totalBytes) } : null,
    cameras: station.cameras.list().map((camera) => camera.name),
    errors: alarms.map((alarm) => alarmOf(alarm, station.dataRoot)),
  };
}

/** What is being done comes before what is wrong: the errors stand beside it. */
function agentState(station: Station, alarms: readonly Alarm[]): StatusMessage['state'] {
  const { recordings } = station;
  if (recordings.list({ states: ['recording', 'finishing'], limit: 1 }).length > 0) return 'capturing';
  if (alarms.some((alarm) => alarm.severity === 'error')) return 'error';
  return recordings.list({ states: ['delivering'], limit: 1 }).length > 0 ? 'uploading' : 'idle';
}

export function alarmOf(alarm: Alarm, dataRoot: string): StatusMessage['errors'][number] {
  const { key, severity, code, message, since } = alarm;
  return { key, severity, code, message: words(message, dataRoot), since: iso(since) };
}

export function scheduleOf(views: readonly ScheduleView[], now: number, dataRoot: string): ScheduleMessage {
  const events = views
    .flatMap((view) => view.events.map((event) => ({ event, scheduleId: view.scheduleId })))
    .filter(({ event }) => event.end > now)
    .sort((a, b) => a.event.start - b.event.start || a.event.end - b.event.end)
    .slice(0, mostEvents);
  return {
    events: events.map(({ event, scheduleId }) => ({
      uid: event.uid,
      start: iso(event.start),
      end: iso(event.end),
      title: event.title,
      ...(event.location === undefined ? {} : { location: event.location }),
      ...(event.series === undefined ? {} : { series: event.series }),
      inputs: event.inputs,
      scheduleId,
    })),
    schedules: views.map(({ scheduleId, name, lastGoodAt, lastError }) => ({
      scheduleId,
      name,
      lastGoodAt: lastGoodAt === undefined ? null : iso(lastGoodAt),
      lastError: lastError ? { code: lastError.code, message: words(lastError.message, dataRoot) } : null,
    })),
  };
}

export function recordingOf(
  recording: Recording,
  progress: readonly RecordingProgress[],
  dataRoot: string,
): RecordingMessage {
  const { start, end, error, delivery, booking } = recording;
  return {
    id: recording.id,
    state: recording.state,
    origin: recording.origin,
    title: recording.title,
    eventUid: recording.event.uid,
    inputs: recording.inputs,
    plannedStart: iso(recording.plannedStart),
    plannedEnd: iso(recording.plannedEnd),
    ...(start === undefined ? {} : { start: iso(start) }),
    ...(end === undefined ? {} : { end: iso(end) }),
    progress: progress.filter((one) => one.recordingId === recording.id).map(progressOf),
    parts: recording.parts.map((part) => ({
      input: part.input,
      start: iso(part.start),
      ...(part.end === undefined ? {} : { end: iso(part.end) }),
    })),
    gaps: recording.gaps.map((gap) => ({
      input: gap.input,
      start: iso(gap.start),
      end: iso(gap.end),
      reason: words(gap.reason, dataRoot),
    })),
    pauses: (recording.pauses ?? []).map(({ start, end, isLeftOut }) => ({
      start: iso(start),
      ...(end === undefined ? {} : { end: iso(end) }),
      isLeftOut,
    })),
    isPaused: isPaused(recording),
    files: filesOf(recording),
    isDegraded: recording.isDegraded,
    isOnHold: recording.isOnHold,
    warnings: recording.warnings.slice(-mostWarnings).map((warning) => warningOf(warning, dataRoot)),
    ...(error ? { error: { code: error.code, message: words(error.message, dataRoot) } } : {}),
    ...(delivery
      ? {
          delivery: {
            bytesDone: delivery.bytesDone,
            bytesTotal: delivery.bytesTotal,
            attempts: delivery.attempts,
            ...(delivery.lastError
              ? { lastError: { code: delivery.lastError.code, message: words(delivery.lastError.message, dataRoot) } }
              : {}),
          },
        }
      : {}),
    ...(booking ? { booking: bookingOf(booking, dataRoot) } : {}),
    updatedAt: iso(recording.updatedAt),
  };
}

export function bookingOf(
  { state, reason, conflicts }: RecordingBooking,
  dataRoot: string,
): NonNullable<RecordingMessage['booking']> {
  return {
    state,
    ...(reason === undefined ? {} : { reason: words(reason, dataRoot) }),
    ...(conflicts && {
      conflicts: conflicts.map(({ id, title, start, end }) => ({
        ...(id === undefined ? {} : { id }),
        title,
        ...(start === undefined ? {} : { start: iso(start) }),
        ...(end === undefined ? {} : { end: iso(end) }),
      })),
    }),
  };
}

export function warningOf(
  warning: Recording['warnings'][number],
  dataRoot: string,
): RecordingMessage['warnings'][number] {
  const { at, input, code, message } = warning;
  return { at: iso(at), ...(input === undefined ? {} : { input }), code, message: words(message, dataRoot) };
}

/** Names, not paths: where things lie on this machine is nobody's business on the bus. */
export function filesOf(recording: Recording): RecordingMessage['files'] {
  return recording.tracks.map(({ input, flavor, path, mimeType, sizeBytes, durationMs }) => ({
    input,
    flavor,
    name: path.slice(path.lastIndexOf('/') + 1),
    mimeType,
    sizeBytes,
    durationMs,
  }));
}

function progressOf(progress: RecordingProgress): RecordingMessage['progress'][number] {
  const { input, durationMs, sizeBytes, framesPerSecond, levelDbfs, isCapturing } = progress;
  return {
    input,
    durationMs: Math.max(0, durationMs),
    sizeBytes,
    ...(framesPerSecond === undefined ? {} : { framesPerSecond }),
    ...(levelDbfs === undefined ? {} : { levelDbfs: boundedLevel(levelDbfs) }),
    isCapturing,
  };
}

/** Digital silence is minus infinity, which JSON does not have. */
export function boundedLevel(levelDbfs: number): number {
  return Math.round(Math.max(-120, Math.min(20, levelDbfs)) * 10) / 10;
}
