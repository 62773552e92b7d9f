import { basename } from 'node:path';
import { bookingOf, boundedLevel, iso as busIso, words } from '../core/bus/station-messages.ts';
import { isPaused } from '../core/recording/pause.ts';
import type { Recording, RecordingDelivery, RecordingProgress, RecordingTrack } from '../core/recording/recording.ts';
import { redact } from '../core/redact.ts';
import type { ScheduledEvent } from '../core/schedule/event.ts';
import { mediaFiles, mediaUrl } from './recording-media.ts';

/** For whom an answer is made. Where things lie on the machine is for administrators only. */
export interface Audience {
  isAdmin: boolean;
  /** Hidden from texts that quote paths. */
  dataRoot: string;
}

export type RecordingJson = ReturnType<typeof recordingJson>;

/** Epoch ms to ISO 8601 UTC with milliseconds. */
export function iso(epochMs: number): string;
export function iso(epochMs: number | undefined): string | undefined;
export function iso(epochMs: number | undefined): string | undefined {
  return epochMs === undefined ? undefined : busIso(epochMs);
}

/** A sentence without secrets, and but for administrators without where things lie on the machine. */
export function hidePaths(text: string, audience: Audience): string {
  return audience.isAdmin ? redact(text) : words(text, audience.dataRoot);
}

/** The one mapping of a recording to what `/api/v1` shows: ISO times, media URLs for paths. Undefined fields are left out. */
export function recordingJson(recording: Recording, audience: Audience) {
  const shown = (text: string): string => hidePaths(text, audience);
  return {
    id: recording.id,
    url: `/api/v1/recordings/${encodeURIComponent(recording.id)}`,
    recorderId: recording.recorderId,
    origin: recording.origin,
    state: recording.state,
    title: recording.title,
    event: eventJson(recording.event),
    plannedStart: iso(recording.plannedStart),
    plannedEnd: iso(recording.plannedEnd),
    start: iso(recording.start),
    end: iso(recording.end),
    inputs: recording.inputs,
    tracks: tracksJson(recording, audience),
    parts: recording.parts.map((part) => ({ ...part, start: iso(part.start), end: iso(part.end) })),
    gaps: recording.gaps.map((gap) => ({
      input: gap.input,
      start: iso(gap.start),
      end: iso(gap.end),
      reason: shown(gap.reason),
    })),
    pauses: (recording.pauses ?? []).map((pause) => ({ ...pause, start: iso(pause.start), end: iso(pause.end) })),
    isPaused: isPaused(recording),
    isDegraded: recording.isDegraded,
    isOnHold: recording.isOnHold,
    warnings: recording.warnings.map((one) => ({ ...one, at: iso(one.at), message: shown(one.message) })),
    error: recording.error && { code: recording.error.code, message: shown(recording.error.message) },
    delivery: recording.delivery && deliveryJson(recording.delivery, audience),
    booking: recording.booking && bookingOf(recording.booking, audience.dataRoot),
    endedBy: recording.endedBy,
    directory: audience.isAdmin ? recording.directory : undefined,
    createdAt: iso(recording.createdAt),
    updatedAt: iso(recording.updatedAt),
  };
}

/** Inline attachments are left out: they are made for receivers (Opencast), and may be long. */
export function eventJson(event: ScheduledEvent) {
  return {
    uid: event.uid,
    start: iso(event.start),
    end: iso(event.end),
    title: event.title,
    location: event.location,
    series: event.series,
    description: event.description,
    inputs: event.inputs,
    properties: event.properties,
  };
}

export function progressJson(progress: RecordingProgress) {
  return {
    recordingId: progress.recordingId,
    input: progress.input,
    durationMs: Math.max(0, progress.durationMs),
    sizeBytes: progress.sizeBytes,
    framesPerSecond: progress.framesPerSecond,
    levelDbfs: progress.levelDbfs === undefined ? undefined : boundedLevel(progress.levelDbfs),
    isCapturing: progress.isCapturing,
  };
}

function tracksJson(recording: Recording, audience: Audience) {
  const files = mediaFiles(recording);
  // Tracks come first in the list of files, in their own order.
  return recording.tracks.map((track: RecordingTrack, index) => ({
    input: track.input,
    flavor: track.flavor,
    name: basename(track.path),
    url: mediaUrl(recording.id, files[index]?.name ?? basename(track.path)),
    mimeType: track.mimeType,
    sizeBytes: track.sizeBytes,
    durationMs: track.durationMs,
    path: audience.isAdmin ? track.path : undefined,
  }));
}

function deliveryJson(delivery: RecordingDelivery, audience: Audience) {
  return {
    deliverId: delivery.deliverId,
    target: audience.isAdmin ? delivery.target : undefined,
    bytesDone: delivery.bytesDone,
    bytesTotal: delivery.bytesTotal,
    attempts: delivery.attempts,
    lastError: delivery.lastError && {
      code: delivery.lastError.code,
      message: hidePaths(delivery.lastError.message, audience),
    },
    paths: audience.isAdmin ? delivery.paths : undefined,
  };
}
