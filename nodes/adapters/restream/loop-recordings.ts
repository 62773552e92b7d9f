import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CameraOptions } from '../../core/camera-list/listed-camera.ts';
import type { Disk } from '../../core/disk/disk.ts';
import { ReelflowError, toReelflowError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { reserveBytes } from '../../core/recording/disk-guard.ts';
import { dueForRemoval, type LoopPiece } from '../../core/restream/loop-retention.ts';
import type { LoopFiles } from '../../core/restream/restream.ts';
import type { Clock, Dispose } from '../../core/time/clock.ts';
import type { InstantLoop } from '../../core/time/instant-loop.ts';

type Retention = NonNullable<CameraOptions['recordLoop']>;

const checkMs = 30_000;
/** Names the retention of a folder, so that it is kept to when the camera is gone from the list. */
const retentionFile = 'retention.json';
const pieceName = /^(\d{9,12})\.mkv$/;

/** `<data>/loop/<camera>/<epoch seconds>.mkv`: what cameras have recorded round the clock, the oldest thrown away. */
export class LoopRecordings implements LoopFiles {
  readonly #root: string;
  readonly #parts: { clock: Clock; disk: Disk; log: Log };
  readonly #stopTimer: Dispose;
  #isKeeping = false;

  constructor(dataRoot: string, parts: { clock: Clock; disk: Disk; loop: Pick<InstantLoop, 'every'>; log: Log }) {
    this.#root = join(dataRoot, 'loop');
    this.#parts = parts;
    this.#stopTimer = parts.loop.every(checkMs, () => {
      if (!this.#isKeeping) void this.keep();
    });
  }

  /** Folder for the pieces of a camera. */
  async prepare(camera: string, retention: Retention): Promise<string> {
    const folder = join(this.#root, camera);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(join(folder, retentionFile), JSON.stringify(retention), { mode: 0o600 });
    return folder;
  }

  async list(camera: string): Promise<LoopPiece[]> {
    const folder = join(this.#root, camera);
    const names = await readdir(folder).catch(() => []);
    const pieces = await Promise.all(
      names.map(async (name) => {
        const seconds = pieceName.exec(name)?.[1];
        const found = seconds === undefined ? undefined : await stat(join(folder, name)).catch(() => undefined);
        return found ? [{ name, start: Number(seconds) * 1000, end: found.mtimeMs, sizeBytes: found.size }] : [];
      }),
    );
    return pieces.flat().sort((a, b) => a.start - b.start);
  }

  async find(camera: string, name: string): Promise<string> {
    const isThere = pieceName.test(name) && (await this.list(camera)).some((piece) => piece.name === name);
    if (!isThere) throw new ReelflowError('FILE_UNKNOWN', 'this piece is not there any more');
    return join(this.#root, camera, name);
  }

  /** Throws away what is too old or too much, and on a full disk the oldest of each camera: recordings come first. */
  async keep(): Promise<void> {
    this.#isKeeping = true;
    const { clock, disk, log } = this.#parts;
    try {
      const usage = await disk.usage();
      const isFull = usage.freeBytes < 2 * reserveBytes(usage.totalBytes);
      for (const camera of await readdir(this.#root).catch(() => [])) {
        const retention = await this.#retention(camera);
        if (!retention) continue;
        const due = dueForRemoval(await this.list(camera), retention, clock.now(), isFull);
        for (const { name } of due) await rm(join(this.#root, camera, name), { force: true });
      }
    } catch (error) {
      log.warn(`loop recordings: ${toReelflowError(error).message}`);
    } finally {
      this.#isKeeping = false;
    }
  }

  close(): void {
    this.#stopTimer();
  }

  async #retention(camera: string): Promise<Retention | undefined> {
    const text = await readFile(join(this.#root, camera, retentionFile), 'utf8').catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as Retention);
  }
}
