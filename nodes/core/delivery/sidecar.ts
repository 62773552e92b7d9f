import type { Recording, RecordingTrack } from '../recording/recording.ts';

export interface DeliveredTrack {
  track: RecordingTrack;
  /** File name in the sidecar's folder, or a path from there. */
  file: string;
  sizeBytes: number;
  /** Hex. */
  sha256: string;
}

/**
 * Everything known about a recording as JSON beside its files, so that they can be understood without the station.
 * Times are ISO 8601 in UTC, durations milliseconds.
 */
export function sidecarText(
  recording: Recording,
  tracks: readonly DeliveredTrack[],
  around: { deliveredAt: number; deliverId: string; agent?: string; versions?: Readonly<Record<string, string>> },
): string {
  const { event } = recording;
  const content = {
    format: 'reelflow-recording',
    formatVersion: 1,
    id: recording.id,
    title: recording.title,
    origin: recording.origin,
    plannedStart: iso(recording.plannedStart),
    plannedEnd: iso(recording.plannedEnd),
    start: iso(recording.start),
    end: iso(recording.end),
    endedBy: recording.endedBy,
    inputs: recording.inputs,
    tracks: tracks.map(({ track, file, sizeBytes, sha256 }) => ({
      file,
      input: track.input,
      flavor: track.flavor,
      mimeType: track.mimeType,
      sizeBytes,
      durationMs: track.durationMs,
      sha256,
    })),
    isDegraded: recording.isDegraded,
    isOnHold: recording.isOnHold,
    parts: recording.parts.map(({ start, end, ...part }) => ({ ...part, start: iso(start), end: iso(end) })),
    gaps: recording.gaps.map(({ start, end, ...gap }) => ({ ...gap, start: iso(start), end: iso(end) })),
    pauses: (recording.pauses ?? []).map(({ start, end, ...pause }) => ({
      start: iso(start),
      end: iso(end),
      ...pause,
    })),
    warnings: recording.warnings.map(({ at, ...warning }) => ({ at: iso(at), ...warning })),
    event: { ...event, start: iso(event.start), end: iso(event.end) },
    recorderId: recording.recorderId,
    deliverId: around.deliverId,
    deliveredAt: iso(around.deliveredAt),
    agent: around.agent,
    versions: around.versions,
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

/** Which recording a sidecar found at the target belongs to; undefined when it is none of ours. */
export function sidecarId(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    const content: unknown = JSON.parse(text);
    if (typeof content !== 'object' || content === null || !('format' in content) || !('id' in content))
      return undefined;
    return content.format === 'reelflow-recording' && typeof content.id === 'string' ? content.id : undefined;
  } catch {
    return undefined;
  }
}

function iso(epochMs: number | undefined): string | undefined {
  return epochMs === undefined ? undefined : new Date(epochMs).toISOString();
}
