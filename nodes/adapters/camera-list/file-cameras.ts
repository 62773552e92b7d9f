import { extname } from 'node:path';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import type { CameraRow } from '../../core/camera-list/camera-row.ts';
import type { CameraSource } from '../../core/camera-list/camera-source.ts';
import { ReelflowError, toReelflowError } from '../../core/errors.ts';
import type { Dispose } from '../../core/time/clock.ts';
import { WatchedFile } from '../files/watched-file.ts';

const maxBytes = 8 * 1024 * 1024;
const rowsSchema = z.array(z.record(z.string(), z.unknown()));
const listSchema = z.union([rowsSchema, z.object({ cameras: rowsSchema }).transform(({ cameras }) => cameras)]);

/**
 * Cameras of a file: `*.json` is an array of objects (or has one under `cameras`), anything else is CSV (RFC 4180) whose
 * first line names the columns; a semicolon or a tab between them is recognised.
 */
export class FileCameras implements CameraSource {
  readonly #file: WatchedFile;

  constructor(path: string, options: { pollMs?: number } = {}) {
    this.#file = new WatchedFile(path, { code: 'CAMERAS', what: 'the list of cameras', maxBytes, ...options });
  }

  /** @throws CAMERAS_FILE, CAMERAS_FILE_CHANGING, CAMERAS_TOO_LARGE, CAMERAS_MALFORMED */
  async read(abort: AbortSignal): Promise<readonly CameraRow[]> {
    const reading = await this.#file.read(undefined, abort);
    const text = new TextDecoder().decode(reading?.bytes);
    return extname(this.#file.path).toLowerCase() === '.json' ? this.#json(text) : this.#csv(text);
  }

  watch(onChange: () => void): Dispose {
    return this.#file.watch(onChange);
  }

  #json(text: string): readonly CameraRow[] {
    try {
      return listSchema.parse(JSON.parse(text));
    } catch (cause) {
      // The parser's own message quotes the text, in which there are passwords.
      const reason = cause instanceof SyntaxError ? 'is not JSON' : 'is not an array of objects';
      throw this.#malformed(reason, cause);
    }
  }

  #csv(text: string): readonly CameraRow[] {
    if (text.trim() === '') throw this.#malformed('is empty: its first line must name the columns');
    const [head = ''] = text.split('\n', 1);
    const delimiter = [';', '\t'].find((sign) => head.includes(sign)) ?? ',';
    try {
      return parse(text, {
        ...{ bom: true, columns: true, delimiter, trim: true },
        skip_empty_lines: true,
        relax_column_count_less: true,
      }) as CameraRow[];
    } catch (cause) {
      const line = /line (\d+)/.exec(toReelflowError(cause).message)?.[1];
      throw this.#malformed(`is not CSV that can be read${line === undefined ? '' : ` (line ${line})`}`, cause);
    }
  }

  #malformed(reason: string, cause?: unknown): ReelflowError {
    return new ReelflowError('CAMERAS_MALFORMED', `${this.#file.path} ${reason}`, { cause, field: 'path' });
  }
}
