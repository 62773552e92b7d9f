import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { toReelflowError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { ToolEnd } from '../../core/restream/failure.ts';
import type { Stream, StreamLook } from '../../core/restream/ports.ts';
import type { Clock } from '../../core/time/clock.ts';
import { captureFiles } from '../ffmpeg/output-arguments.ts';
import { boundToolLog, cleanToolLog, readToolLog, tellingLines } from '../ffmpeg/tool-log.ts';
import type { ProcessEnd } from '../process/ended.ts';
import { isRunning, type ProcessIdentity } from '../process/identity.ts';
import { terminateGroup } from '../process/terminate.ts';
import { ProgressFile } from './progress-file.ts';
import { runFiles } from './run-folder.ts';
import type { Direction, SocketMeter } from './socket-meter.ts';

/** FFmpeg closes a connection in a tenth of a second, unless it hangs in one. */
const graces = { interruptMs: 2000, terminateMs: 3000 };
const hungGraces = { interruptMs: 500, terminateMs: 4500 };
const logCheckMs = 60_000;

export interface FfmpegStreamParts {
  folder: string;
  identity: ProcessIdentity;
  ended: Promise<ProcessEnd>;
  meter: SocketMeter;
  /** What is written to the disk here is measured by what comes from the camera. */
  direction: Direction;
  clock: Clock;
  log: Log;
}

/** An FFmpeg that sends a camera on, started by this runtime or by an earlier one. */
export class FfmpegStream implements Stream {
  readonly ended: Promise<ToolEnd>;
  readonly #parts: FfmpegStreamParts;
  readonly #progress: ProgressFile;
  #isGone = false;
  #frames: number | undefined;
  #stopping: Promise<void> | undefined;
  #logCheckedMs: number;

  constructor(parts: FfmpegStreamParts) {
    this.#parts = parts;
    this.#progress = new ProgressFile(join(parts.folder, runFiles.progress));
    this.#logCheckedMs = parts.clock.monotonicMs();
    this.ended = parts.ended.then((end) => this.#close(end));
  }

  async look(): Promise<StreamLook> {
    const { folder, identity, meter, direction } = this.#parts;
    await this.#boundLog();
    const frames = this.#isGone ? undefined : this.#progress.frames();
    const isStill = frames !== undefined && frames === this.#frames;
    this.#frames = frames;
    // On a full disk FFmpeg can not say how far it is; it must not be ended for that.
    if (isStill && (await isFull(folder))) return { sign: `full ${this.#parts.clock.monotonicMs()}` };
    const bytes = frames === undefined ? undefined : meter.read(identity.pid, direction);
    return {
      // Pictures alone: sound, or the silence that we add, may go on while the picture stands still.
      sign: frames === undefined ? '' : String(frames),
      ...(frames === undefined ? {} : { frames }),
      ...(bytes ? { bytes } : {}),
    };
  }

  async stop(isHung: boolean): Promise<void> {
    this.#stopping ??= this.#stop(isHung);
    await this.#stopping;
  }

  async #stop(isHung: boolean): Promise<void> {
    const { identity } = this.#parts;
    // Between its end and our learning of it the number may have gone to somebody else.
    if (!this.#isGone && (await isRunning(identity))) {
      await terminateGroup(identity.pid, () => this.#isGone, isHung ? hungGraces : graces);
    }
    await this.ended;
  }

  async #close({ exitCode, signal }: ProcessEnd): Promise<ToolEnd> {
    this.#isGone = true;
    this.#progress.close();
    const { folder, meter, identity, log } = this.#parts;
    meter.forget(identity.pid);
    let lines: string[] = [];
    try {
      const path = join(folder, captureFiles.log);
      lines = tellingLines(sinceLastStart(await readToolLog(path)));
      await cleanToolLog(path);
    } catch (error) {
      log.debug(`${folder}: its log can not be read: ${toReelflowError(error).message}`);
    }
    return { exitCode, signal, lines };
  }

  async #boundLog(): Promise<void> {
    const { clock, folder } = this.#parts;
    if (clock.monotonicMs() - this.#logCheckedMs < logCheckMs) return;
    this.#logCheckedMs = clock.monotonicMs();
    await boundToolLog(join(folder, captureFiles.log));
  }
}

async function isFull(folder: string): Promise<boolean> {
  return (await statfs(folder)).bavail === 0;
}

/** Stands in the log before each start: what an earlier run said is no reason of this one's end. */
export const startMark = '[Reelflow] started';

function sinceLastStart(log: string): string {
  const at = log.lastIndexOf(startMark);
  return at < 0 ? log : log.slice(log.indexOf('\n', at) + 1);
}
