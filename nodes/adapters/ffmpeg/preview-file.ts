import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { captureFiles } from './output-arguments.ts';

/** The preview picture that a running capture keeps replacing. */
export class PreviewFile {
  readonly #directory: string;
  readonly #isOwnTool: boolean;
  #seen = '';

  /** `isOwnTool`: a user's command writes pictures of any name into its {{previewdir}}; the newest one counts. */
  constructor(directory: string, isOwnTool: boolean) {
    this.#directory = directory;
    this.#isOwnTool = isOwnTool;
  }

  /** The picture, when it has changed since the last call and is whole. */
  async next(): Promise<Uint8Array | undefined> {
    const path = this.#isOwnTool ? await this.#newest() : join(this.#directory, captureFiles.preview);
    if (path === undefined) return undefined;
    try {
      const { mtimeMs, size, ino } = await stat(path);
      const version = `${path} ${mtimeMs} ${size} ${ino}`;
      if (version === this.#seen) return undefined;
      const jpeg = await readFile(path);
      // FFmpeg replaces it in one step; a user's tool may be in the middle of writing.
      if (jpeg.length < 4 || jpeg[0] !== 0xff || jpeg.readUInt16BE(jpeg.length - 2) !== 0xffd9) return undefined;
      this.#seen = version;
      return jpeg;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async #newest(): Promise<string | undefined> {
    const names = await readdir(this.#directory).catch(() => []);
    const pictures = await Promise.all(
      names
        .filter((name) => /\.jpe?g$/i.test(name))
        .map(async (name) => {
          const path = join(this.#directory, name);
          return {
            path,
            mtimeMs: await stat(path).then(
              (found) => found.mtimeMs,
              () => 0,
            ),
          };
        }),
    );
    return pictures.sort((one, other) => other.mtimeMs - one.mtimeMs)[0]?.path;
  }
}
