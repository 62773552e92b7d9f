import { constants, copyFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { ReelflowError } from '../../core/errors.ts';
import type { AssembledFile, AssembleRequest, CapturePiece } from '../../core/recording/capture.ts';
import { probeFile } from './ffprobe.ts';
import { finishFile, partialPath, partPath } from './finish-file.ts';
import { mimeTypeOf } from './mime-type.ts';

/** Files of a user's own tool: taken as they are, nothing is cut or joined. Files that it did not write are left out. */
export async function takeWholeFiles(request: AssembleRequest): Promise<AssembledFile[]> {
  const files: AssembledFile[] = [];
  for (const piece of request.pieces) {
    for (const output of piece.record.outputs ?? []) {
      request.abort?.throwIfAborted();
      const source = join(piece.record.directory, output.path);
      const size = await stat(source).then(
        (found) => found.size,
        () => 0,
      );
      if (size === 0) continue;
      const path = partPath(request.outputPath, files.length + 1, extname(source));
      // Shares the blocks where the file system can (COPYFILE_FICLONE), so that a long recording takes no second copy.
      await copyFile(source, partialPath(path), constants.COPYFILE_FICLONE);
      await finishFile(path);
      files.push({ ...(await describe(path, source, piece)), flavor: output.flavor });
      request.onProgress?.(files.length / Math.max(files.length, request.pieces.length));
    }
  }
  if (files.length > 0) return files;
  throw new ReelflowError('NOTHING_CAPTURED', 'the capture command wrote none of its output files', {
    field: 'outputs',
  });
}

async function describe(path: string, source: string, piece: CapturePiece): Promise<AssembledFile> {
  const found = await stat(source);
  // A file that FFmpeg does not understand is delivered all the same; its length is then how long the tool wrote it.
  const durationMs = await probeFile(path).then(
    (result) => result.durationMs,
    () => undefined,
  );
  const start = piece.record.spawnedAt;
  const end = durationMs === undefined ? Math.round(found.mtimeMs) : start + durationMs;
  return {
    path,
    mimeType: mimeTypeOf(path),
    sizeBytes: found.size,
    durationMs: end - start,
    start,
    end,
    intervals: [{ captureId: piece.record.id, start, end }],
  };
}
