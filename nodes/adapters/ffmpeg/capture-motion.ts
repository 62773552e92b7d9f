import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '../../core/time/clock.ts';
import { toolEnvironment } from '../process/tool-environment.ts';
import { followCapture } from './follow-capture.ts';
import { captureFiles } from './output-arguments.ts';
import { PicturePacer } from './picture-pacer.ts';
import { jpegArguments, PictureTool } from './picture-tool.ts';

export const motionFramesPerSecond = 8;

/**
 * Moving pictures of a camera that is being recorded, decoded from the file that its capture writes: the camera sees no
 * second client, and the capture knows nothing of it. About a second behind what the capture has.
 */
export class CaptureMotion {
  readonly directory: string;
  /** As for PictureTool. */
  readonly ended: Promise<string>;
  readonly #tool: PictureTool;
  readonly #pacer: PicturePacer;
  readonly #leave = new AbortController();

  constructor(directory: string, toolPath: string, clock: Clock, onPicture: (jpeg: Uint8Array) => void) {
    this.directory = directory;
    this.#pacer = new PicturePacer(1000 / motionFramesPerSecond, clock, onPicture);
    const argv = [
      ['-hide_banner', '-nostats', '-loglevel', 'error', '-probesize', '32768', '-analyzeduration', '0'],
      ['-fflags', 'nobuffer', '-flags', 'low_delay', '-threads', '1', '-f', 'mp4', '-i', 'pipe:0'],
      jpegArguments('0:v:0', motionFramesPerSecond),
    ].flat();
    const tool = spawn(toolPath, argv, { stdio: ['pipe', 'pipe', 'pipe'], env: toolEnvironment() });
    this.#tool = new PictureTool(tool, [], (jpeg) => this.#pacer.offer(jpeg));
    this.ended = this.#tool.ended;
    this.ended.then(
      () => this.#leave.abort(),
      () => undefined,
    );
    tool.stdin.on('error', () => undefined);
    if (tool.pid === undefined) return;
    try {
      // Whoever looks must not take the processor from what is recorded.
      setPriority(tool.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    } catch {
      // It has ended already; `ended` says why.
    }
    const bytes = followCapture(join(directory, captureFiles.media), this.#leave.signal);
    pipeline(Readable.from(bytes, { objectMode: true, highWaterMark: 1 }), tool.stdin).catch(() => tool.kill());
  }

  async stop(): Promise<void> {
    this.#pacer.stop();
    this.#leave.abort();
    await this.#tool.stop();
  }
}
