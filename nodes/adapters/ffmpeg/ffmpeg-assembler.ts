import { stat } from 'node:fs/promises';
import { ReelflowError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { AssembledFile, AssembleRequest, Assembler, CapturePiece } from '../../core/recording/capture.ts';
import type { CutSpan } from '../../core/recording/pause-cut.ts';
import { type FoundPiece, findPiece, groupPieces, withoutRepeats } from './assembly-plan.ts';
import { dropPartial, finishFile, partialPath, partPath } from './finish-file.ts';
import { mimeTypeOf } from './mime-type.ts';
import { streamPieces } from './piece-stream.ts';
import { remux } from './remux.ts';
import { remuxStallMs } from './remux-watch.ts';
import { takeWholeFiles } from './take-whole-files.ts';

/** Makes finished files of captures: cut at key frames, parts joined with the time between them, nothing encoded again. */
export class FfmpegAssembler implements Assembler {
  readonly #log: Log;
  readonly #toolPath: string;
  readonly #stallMs: number;

  /** `stallMs`: without progress for so long the tool is given up. */
  constructor({ log, toolPath = 'ffmpeg', stallMs = remuxStallMs }: { log: Log; toolPath?: string; stallMs?: number }) {
    this.#log = log;
    this.#toolPath = toolPath;
    this.#stallMs = stallMs;
  }

  async locate(pieces: readonly CapturePiece[]): Promise<(CutSpan | undefined)[]> {
    const spans: (CutSpan | undefined)[] = [];
    for (const piece of pieces) {
      const cut = piece.record.outputs ? undefined : (await findPiece(piece))?.cut;
      spans.push(cut && { start: piece.offsetMs + cut.startMs, end: piece.offsetMs + cut.lastMs });
    }
    return spans;
  }

  /** Rejects with NOTHING_CAPTURED, ASSEMBLE_FAILED, TOOL_MISSING, or the abort's reason. */
  async assemble(request: AssembleRequest): Promise<AssembledFile[]> {
    if (request.pieces.some(({ record }) => record.outputs)) return await takeWholeFiles(request);
    const found: FoundPiece[] = [];
    for (const piece of request.pieces) {
      request.abort?.throwIfAborted();
      const one = await findPiece(piece);
      if (!one) this.#log.warn(`capture ${piece.record.id} holds nothing of what was asked for`);
      const fresh = one && withoutRepeats(one, found.at(-1));
      if (fresh) found.push(fresh);
    }
    if (found.length === 0) throw new ReelflowError('NOTHING_CAPTURED', 'no picture or sound was captured');
    const files: AssembledFile[] = [];
    const progress = progressOf(request, found);
    for (const [index, group] of groupPieces(found).entries()) {
      files.push(await this.#write(request, group, index + 1, progress));
    }
    return files;
  }

  async #write(
    request: AssembleRequest,
    group: readonly FoundPiece[],
    part: number,
    progress: (bytes: number) => void,
  ): Promise<AssembledFile> {
    const { container, abort } = request;
    const path = partPath(request.outputPath, part);
    try {
      await remux({
        input: counted(streamPieces(group), progress),
        outputPath: partialPath(path),
        container,
        toolPath: this.#toolPath,
        stallMs: this.#stallMs,
        ...(abort ? { abort } : {}),
      });
    } catch (error) {
      await dropPartial(path);
      throw error;
    }
    await finishFile(path);
    return await describe(path, group);
  }
}

async function describe(path: string, group: readonly FoundPiece[]): Promise<AssembledFile> {
  const first = group[0];
  const last = group.at(-1);
  const zero = (first?.piece.offsetMs ?? 0) - (first?.piece.earlierMs ?? 0);
  const intervals = group.map(({ piece, cut, moveMs }) => {
    const wall = zero + moveMs + (piece.earlierMs ?? 0);
    return {
      captureId: piece.record.id,
      start: Math.round(wall + cut.startMs),
      end: Math.round(wall + cut.endMs),
    };
  });
  const start = intervals[0]?.start ?? zero;
  const end = intervals.at(-1)?.end ?? zero;
  const hasVideo = group.some(({ movie }) => movie.tracks.some((track) => track.kind === 'video'));
  const { size } = await stat(path);
  return {
    path,
    mimeType: mimeTypeOf(path, hasVideo),
    sizeBytes: size,
    durationMs: first && last ? Math.round(last.moveMs + last.cut.endMs - first.cut.startMs) : 0,
    start,
    end,
    intervals,
  };
}

function progressOf({ onProgress }: AssembleRequest, found: readonly FoundPiece[]): (bytes: number) => void {
  const total = found.reduce((sum, { cut, initLength }) => sum + cut.sizeBytes + initLength, 0);
  let done = 0;
  return (bytes) => {
    done += bytes;
    onProgress?.(Math.min(1, done / total));
  };
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    yield chunk;
    onBytes(chunk.length);
  }
}
