import type { CapturePiece } from './capture.ts';
import type { Recording, RecordingGap } from './recording.ts';
import type { StoredCapture } from './recording-store.ts';

/** Added behind the planned end: pictures arrive later than they were taken. */
export const endMarginMs = 300;
/** Differences below this are the accuracy of the measured times, not gaps. */
const gapToleranceMs = 250;

/** Recordings that begin where this one ends, on the same camera: both are cut at the same picture. */
export function followersOf(recording: Recording, others: readonly Recording[]): Recording[] {
  return others.filter(
    (other) =>
      other.id !== recording.id &&
      other.inputs.some((input) => recording.inputs.includes(input)) &&
      Math.abs(other.plannedStart - recording.plannedEnd) <= endMarginMs,
  );
}

/**
 * Where a recording begins in a capture, media ms; undefined: at the capture's begin. Asked for once the planned start
 * has passed and the capture's offset is known.
 */
export function startInCapture(recording: Recording, offsetMs: number): number | undefined {
  const fromMs = recording.plannedStart - offsetMs;
  return fromMs > 0 ? fromMs : undefined;
}

/** Where a recording ends in a capture, media ms. At a seam both recordings use the very same instant. */
export function endInCapture(recording: Recording, offsetMs: number, isSeam: boolean): number {
  return Math.max(0, recording.plannedEnd - offsetMs + (isSeam ? 0 : endMarginMs));
}

/** Media that the captures hold for a recording, ms. */
export function heldMs(recordingId: string, { mediaMs, cuts }: StoredCapture): number {
  const { fromMs = 0, toMs = mediaMs } = cuts[recordingId] ?? {};
  return Math.max(0, Math.min(mediaMs, toMs) - fromMs);
}

/** Bytes that finishing these recordings will take, going by what is captured for them until now. */
export function bytesToFinish(recordings: readonly Recording[], captures: readonly StoredCapture[]): number {
  let bytes = 0;
  for (const capture of captures) {
    if (capture.mediaMs <= 0) continue;
    const bytesPerMs = (capture.sizeBytes ?? 0) / capture.mediaMs;
    for (const { id } of recordings) {
      if (capture.recordingIds.includes(id)) bytes += heldMs(id, capture) * bytesPerMs;
    }
  }
  return bytes;
}

/** The stretches to cut out, in order, without those that hold nothing and without overlap between parts. */
export function piecesOf(recordingId: string, captures: readonly StoredCapture[]): CapturePiece[] {
  const found: Found[] = [];
  for (const capture of captures) {
    const isUserTool = capture.record.outputs !== undefined;
    const offsetMs = capture.offsetMs ?? (isUserTool ? capture.record.spawnedAt : undefined);
    if (offsetMs === undefined) continue;
    const { fromMs, toMs } = capture.cuts[recordingId] ?? {};
    if (!isUserTool && capture.mediaMs <= (fromMs ?? 0)) continue;
    if (toMs !== undefined && toMs <= (fromMs ?? 0)) continue;
    const edges = { ...(fromMs === undefined ? {} : { fromMs }), ...(toMs === undefined ? {} : { toMs }) };
    found.push({
      piece: { record: capture.record, offsetMs, ...edges },
      begins: offsetMs + Math.max(fromMs ?? 0, capture.beginsMs ?? 0),
      ends: isUserTool ? Infinity : offsetMs + Math.min(capture.mediaMs, toMs ?? Infinity),
    });
  }
  // By their own clocks: after the wall clock was set, the order of the spawns may be another one.
  found.sort((a, b) => a.begins - b.begins || b.ends - a.ends);
  // A second tool that came and went while the first ran on adds nothing, and must not end the first one's piece.
  const needed = found.filter(
    ({ ends }, index) => ends === Infinity || found.slice(0, index).every((earlier) => earlier.ends < ends),
  );
  return needed.map(({ piece }, index) => withoutOverlap(piece, needed[index + 1]));
}

/** A piece, and the wall time of its first and last picture. */
interface Found {
  piece: CapturePiece;
  begins: number;
  ends: number;
}

/**
 * Behind the begin of its successor a tool adds nothing, but for a margin: the two were timed one by one, and a picture
 * that is there twice is better than one that is missing.
 */
function withoutOverlap(piece: CapturePiece, next: Found | undefined): CapturePiece {
  if (!next) return piece;
  const nextBeginsMs = next.begins - piece.offsetMs;
  if (nextBeginsMs <= (piece.fromMs ?? 0) || (piece.toMs !== undefined && piece.toMs <= nextBeginsMs)) return piece;
  return { ...piece, toMs: Math.min(piece.toMs ?? Infinity, nextBeginsMs + endMarginMs) };
}

/** What is missing between the planned start and end of one input. `reasonAt` tells why, in words. */
export function gapsOf(
  recording: Pick<Recording, 'plannedStart' | 'plannedEnd'>,
  input: string,
  intervals: readonly { start: number; end: number }[],
  reasonAt: (start: number, end: number) => string,
): RecordingGap[] {
  const gaps: RecordingGap[] = [];
  let covered = recording.plannedStart;
  const ordered = [...intervals].sort((a, b) => a.start - b.start);
  for (const { start, end } of [...ordered, { start: recording.plannedEnd, end: recording.plannedEnd }]) {
    const from = covered;
    const to = Math.min(start, recording.plannedEnd);
    if (to - from > gapToleranceMs) gaps.push({ input, start: from, end: to, reason: reasonAt(from, to) });
    covered = Math.max(covered, end);
  }
  return gaps;
}
