import { mkdir, readdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClipMaker, ClipResult, ClipWork } from '../../core/clips/clip.ts';
import { ReelflowError } from '../../core/errors.ts';
import { copyTogether, joinParts } from './ffmpeg-copy.ts';

/** Below this a station that records has other cares. */
const spareBytes = 500 * 1024 * 1024;
const idShape = /^[0-9a-f-]{36}$/;

/** Finished clips in a folder: `<id>.mp4`, with what is known of it in `<id>.json`; what is being made in `<id>.work`. */
export class FolderClipMaker implements ClipMaker {
  readonly #folder: string;
  readonly #toolPath: string;

  constructor(folder: string, toolPath = 'ffmpeg') {
    this.#folder = folder;
    this.#toolPath = toolPath;
  }

  async make({ id, parts, sizeBytes, read, onProgress, abort }: ClipWork): Promise<number> {
    const work = join(this.#folder, `${id}.work`);
    // What a run before this one left is of no use.
    await rm(work, { recursive: true, force: true });
    await mkdir(work, { recursive: true });
    try {
      await this.#needSpace(sizeBytes * (parts.length > 1 ? 2 : 1));
      let doneBytes = 0;
      const onBytes = (count: number): void => {
        doneBytes += count;
        onProgress(Math.min(1, doneBytes / Math.max(1, sizeBytes)));
      };
      const files: string[] = [];
      for (const [index, { inputs }] of parts.entries()) {
        const outputPath = join(work, `part-${index}.mp4`);
        await copyTogether({ inputs, outputPath, read, onBytes, abort, toolPath: this.#toolPath });
        files.push(outputPath);
      }
      const [only] = files;
      const outputPath = files.length === 1 && only !== undefined ? only : join(work, 'whole.mp4');
      if (files.length > 1) await joinParts({ files, work, outputPath, abort, toolPath: this.#toolPath });
      const { size } = await stat(outputPath);
      abort.throwIfAborted();
      await rename(outputPath, this.path(id));
      return size;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw code === 'ENOSPC' || code === 'EDQUOT' ? diskFull('the disk became full meanwhile', error) : error;
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }

  async keep(id: string, result: ClipResult): Promise<void> {
    const path = join(this.#folder, `${id}.json`);
    try {
      await writeFile(`${path}.part`, JSON.stringify(result));
      await rename(`${path}.part`, path);
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code === 'ENOSPC'
        ? diskFull('the disk became full meanwhile', error)
        : error;
    }
  }

  async find(id: string): Promise<ClipResult | undefined> {
    try {
      await stat(this.path(id));
      return JSON.parse(await readFile(join(this.#folder, `${id}.json`), 'utf8')) as ClipResult;
    } catch {
      return undefined;
    }
  }

  path(id: string): string {
    return join(this.#folder, `${id}.mp4`);
  }

  async list(): Promise<string[]> {
    const names = await readdir(this.#folder).catch(() => []);
    const ids = names.map((name) => name.slice(0, name.indexOf('.'))).filter((id) => idShape.test(id));
    return [...new Set(ids)];
  }

  async remove(id: string): Promise<void> {
    for (const ending of ['mp4', 'json', 'json.part', 'work']) {
      await rm(join(this.#folder, `${id}.${ending}`), { recursive: true, force: true });
    }
  }

  async #needSpace(sizeBytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.#folder);
    const freeBytes = bavail * bsize;
    if (freeBytes >= sizeBytes + spareBytes) return;
    const needed = `it needs ${megabytes(sizeBytes)}, and ${megabytes(spareBytes)} that stay for recordings`;
    throw diskFull(`${needed}; ${megabytes(freeBytes)} are free`);
  }
}

function diskFull(reason: string, cause?: unknown): ReelflowError {
  const message = `there is no space for the clip: ${reason}. Make room, then try it again`;
  return new ReelflowError('DISK_FULL', message, { cause, isRetryable: true });
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
