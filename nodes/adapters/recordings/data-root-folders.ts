import { copyFile, mkdir, open, readdir, realpath, rm, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { ReelflowError } from '../../core/errors.ts';
import type { CaptureRecord } from '../../core/recording/capture.ts';
import type { Recording } from '../../core/recording/recording.ts';
import type { RecordingFolders } from '../../core/recording/recording-folders.ts';
import { redact } from '../../core/redact.ts';
import { endStrayTools } from './stray-tools.ts';

const toolLog = 'tool.log';
const keptLog = /^tool-.*\.log$/;
/** Enough to see why a tool ended; a tool may have written gigabytes. */
const tailBytes = 64 * 1024;

/** `<data root>/recordings/<id>` and `<data root>/captures/<id>`. */
export class DataRootFolders implements RecordingFolders {
  readonly #recordings: string;
  readonly #captures: string;

  constructor(dataRoot: string) {
    this.#recordings = resolve(dataRoot, 'recordings');
    this.#captures = resolve(dataRoot, 'captures');
  }

  recordingDirectory(recordingId: string): string {
    return inside(this.#recordings, recordingId);
  }

  captureDirectory(captureId: string): string {
    return inside(this.#captures, captureId);
  }

  async keepLog(record: CaptureRecord, recording: Recording): Promise<void> {
    await mkdir(recording.directory, { recursive: true });
    const from = join(record.directory, toolLog);
    await copyFile(from, join(recording.directory, `tool-${record.id}.log`)).catch(ignoreMissing);
  }

  async readLog(recording: Recording, captures: CaptureRecord[]): Promise<string[]> {
    const kept = await readdir(recording.directory).catch((): string[] => []);
    const paths = kept.filter((name) => keptLog.test(name)).map((name) => join(recording.directory, name));
    for (const record of captures) {
      if (!kept.includes(`tool-${record.id}.log`)) paths.push(join(record.directory, toolLog));
    }
    const tails = await Promise.all(paths.sort().map(readTail));
    return tails.flat();
  }

  async endStrayTools(adopted: ReadonlySet<string>): Promise<void> {
    // As the kernel names the folder: the data root may be a link.
    const root = await realpath(this.#captures).catch(ignoreMissing);
    if (root !== undefined) await endStrayTools(root, adopted);
  }

  async removeCapture(record: CaptureRecord): Promise<void> {
    await rm(inside(this.#captures, record.id), { recursive: true, force: true });
  }

  async removeRecording(recording: Recording): Promise<void> {
    await rm(inside(this.#recordings, recording.id), { recursive: true, force: true });
  }

  async size(recording: Recording): Promise<number> {
    const directory = inside(this.#recordings, recording.id);
    const names = await readdir(directory, { recursive: true }).catch((): string[] => []);
    const sizes = await Promise.all(
      names.map(async (name) => (await stat(join(directory, name)).catch(ignoreMissing))?.size ?? 0),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  }
}

/** Ids come from the database and from addresses: whatever they hold, a path never leaves its folder. */
function inside(root: string, id: string): string {
  const path = resolve(root, id);
  const way = relative(root, path);
  if (way === '' || way.startsWith('..') || way.includes(sep)) {
    throw new ReelflowError('PATH_OUTSIDE', `"${id}" is not the name of a folder`, { field: 'id' });
  }
  return path;
}

async function readTail(path: string): Promise<string[]> {
  const file = await open(path, 'r').catch(ignoreMissing);
  if (!file) return [];
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - tailBytes);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(Math.min(size, tailBytes)), position: start });
    const lines = redact(buffer.toString('utf8', 0, bytesRead))
      .split(/[\r\n]+/)
      .filter(Boolean);
    return start > 0 ? lines.slice(1) : lines;
  } finally {
    await file.close();
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}
