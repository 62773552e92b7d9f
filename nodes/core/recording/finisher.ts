import { ReelflowError, toReelflowError } from '../errors.ts';
import type { AssembledFile, AssembleRequest, Assembler, CapturePiece } from './capture.ts';
import type { CaptureJournal } from './capture-journal.ts';
import { isSlowStart } from './cold-start.ts';
import { gapsOf, piecesOf } from './cut-plan.ts';
import { type LeftOut, leftOutOf, takenOut, withoutPauses } from './pause-cut.ts';
import type { Recording, RecordingGap, RecordingPart, RecordingTrack } from './recording.ts';

export interface FinishedParts {
  tracks: RecordingTrack[];
  parts: RecordingPart[];
  gaps: RecordingGap[];
  /** Something is missing, or could not be put into one file. */
  isDegraded: boolean;
  start: number;
  end: number;
}

/**
 * Makes the finished files of a recording out of what was captured for it.
 * Rejects with NOTHING_CAPTURED when no input delivered a picture, and with the assembler's own errors.
 */
export async function finishRecording(
  recording: Recording,
  journal: CaptureJournal,
  assembler: Assembler,
): Promise<FinishedParts> {
  const finished: FinishedParts = {
    tracks: [],
    parts: [],
    gaps: [],
    isDegraded: false,
    start: Infinity,
    end: -Infinity,
  };
  const pauses = leftOutOf(recording);
  const cuts = await cutAll(recording, pauses, journal, assembler);
  for (const [input, pieces] of cuts) {
    const files = await assembleInput(recording, input, pieces, assembler);
    const intervals = files.flatMap(({ file }) => file.intervals);
    for (const { file, flavor } of files) {
      finished.tracks.push({
        input,
        flavor,
        path: file.path,
        mimeType: file.mimeType,
        sizeBytes: file.sizeBytes,
        durationMs: file.durationMs,
      });
      finished.start = Math.min(finished.start, file.start);
      finished.end = Math.max(finished.end, file.end);
    }
    finished.parts.push(...partsOf(input, intervals));
    // Of a user's own tool one for each of its files.
    const expected = pieces[0]?.record.outputs?.length ?? 1;
    finished.isDegraded ||= files.length > expected;
    const reason = (from: number, to: number): string => interruptionReason(recording, input, from, to);
    finished.gaps.push(...gapsOf(recording, input, [...intervals, ...pauses], reason));
  }
  finished.isDegraded ||= finished.gaps.some((gap) => !isSlowStart(recording, gap));
  if (finished.tracks.length === 0) {
    const why = recording.warnings.findLast((warning) => warning.code === 'CAPTURE_INTERRUPTED')?.message;
    if (pauses.length > 0 && !why) {
      throw new ReelflowError('NOTHING_CAPTURED', 'it was paused all the time that a camera delivered pictures');
    }
    throw new ReelflowError('NOTHING_CAPTURED', `no camera delivered a picture${why ? `: ${why}` : ''}`);
  }
  return finished;
}

/** The pieces of each camera, without what was paused, closed up by the same time in all of them. */
async function cutAll(
  recording: Recording,
  pauses: readonly LeftOut[],
  journal: CaptureJournal,
  assembler: Assembler,
): Promise<[input: string, pieces: CapturePiece[]][]> {
  const whole = recording.inputs.map((input): [string, CapturePiece[]] => [
    input,
    piecesOf(recording.id, journal.of(recording.id, input)),
  ]);
  if (pauses.length === 0) return whole;
  const cut = whole.map(([input, pieces]) => ({ input, rest: withoutPauses(pieces, pauses) }));
  const located = [];
  for (const { input, rest } of cut) {
    const spans = await assembler.locate(rest.map(({ piece }) => piece));
    const found = rest.flatMap((one, index) => (spans[index] ? [{ ...one, span: spans[index] }] : []));
    located.push({ input, found });
  }
  const taken = takenOut(
    pauses,
    located.map(({ found }) => found),
  );
  const earlierMs = (pausesBefore: number) => taken.slice(0, pausesBefore).reduce((sum, ms) => sum + ms, 0);
  return located.map(({ input, found }) => [
    input,
    found.map(({ piece, pausesBefore }) => ({ ...piece, earlierMs: earlierMs(pausesBefore) })),
  ]);
}

/** One for each capture: a pause is no interruption, and a user's tool may have written several files at once. */
function partsOf(input: string, intervals: readonly AssembledFile['intervals'][number][]): RecordingPart[] {
  const parts = new Map<string, RecordingPart & { end: number }>();
  for (const { captureId, start, end } of intervals) {
    const known = parts.get(captureId) ?? { start, end };
    const whole = { start: Math.min(known.start, start), end: Math.max(known.end, end) };
    parts.set(captureId, { input, captureId, ...whole });
  }
  return [...parts.values()];
}

async function assembleInput(
  recording: Recording,
  input: string,
  pieces: CapturePiece[],
  assembler: Assembler,
): Promise<{ file: AssembledFile; flavor: string }[]> {
  const first = pieces[0];
  if (!first) return [];
  const { container } = first.record.profile;
  const outputs = first.record.outputs;
  if (!outputs) {
    const outputPath = `${recording.directory}/${input}.${container}`;
    const files = await assembleWhatIsThere(assembler, { pieces, outputPath, container });
    return files.map((file) => ({ file, flavor: first.record.flavor }));
  }
  // A user's own tool wrote its files itself, each with a flavor of its own.
  const files: { file: AssembledFile; flavor: string }[] = [];
  for (const output of outputs) {
    const narrowed = pieces.map((piece) => ({ ...piece, record: { ...piece.record, outputs: [output] } }));
    const outputPath = `${recording.directory}/${output.path.replaceAll('/', '-')}`;
    for (const file of await assembleWhatIsThere(assembler, { pieces: narrowed, outputPath, container })) {
      files.push({ file, flavor: output.flavor });
    }
  }
  return files;
}

/** One camera, or one file of a user's tool, that holds nothing must not cost the others. */
async function assembleWhatIsThere(assembler: Assembler, request: AssembleRequest): Promise<AssembledFile[]> {
  try {
    return await assembler.assemble(request);
  } catch (error) {
    if (toReelflowError(error).code === 'NOTHING_CAPTURED') return [];
    throw error;
  }
}

const interruptions = new Set(['CAPTURE_INTERRUPTED', 'INPUT_BUSY']);

/** The interruption that was noted when a gap began; a gap that nobody noted was slept through. */
function interruptionReason(recording: Recording, input: string, from: number, to: number): string {
  const noted = recording.warnings.findLast(
    (warning) => interruptions.has(warning.code) && warning.input === input && warning.at <= to + 1000,
  );
  if (noted && noted.at >= from - 60_000) return noted.message;
  const late = recording.warnings.find((warning) => warning.code === 'STARTED_LATE');
  if (late && from === recording.plannedStart && late.at <= to) return late.message;
  const clockSet = recording.warnings.findLast((warning) => warning.code === 'CLOCK_SET');
  if (clockSet) return clockSet.message;
  return from === recording.plannedStart ? 'the camera delivered nothing yet' : 'the station was off';
}
