import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { JpegSplitter } from '../../core/media/jpeg-splitter.ts';
import { redact } from '../../core/redact.ts';
import { tellingLines } from './tool-log.ts';

const killAfterMs = 2000;
const errorBytes = 8 * 1024;

/** What makes JPEGs of a picture filter, 640 wide, on standard output. */
export function jpegArguments(video: string, framesPerSecond: number): string[] {
  return [
    ['-map', video, '-vf', `fps=${framesPerSecond},scale=w='min(640,iw)':h=-2:out_range=pc`],
    ['-c:v', 'mjpeg', '-pix_fmt', 'yuv420p', '-color_range', 'pc', '-strict', 'unofficial', '-q:v', '6'],
    ['-f', 'image2pipe', '-flush_packets', '1', 'pipe:1'],
  ].flat();
}

/** A process that writes JPEGs into a pipe, so it ends with the runtime; and those that feed it. */
export class PictureTool {
  /** Settles when the process is gone, with what it said last; never rejects. */
  readonly ended: Promise<string>;
  readonly #children: ChildProcess[];
  #isEnding = false;

  constructor(tool: ChildProcess, feeders: readonly ChildProcess[], onPicture: (jpeg: Uint8Array) => void) {
    this.#children = [...feeders, tool];
    const splitter = new JpegSplitter();
    (tool.stdout as Readable).on('data', (bytes: Buffer) => {
      for (const picture of splitter.push(bytes)) if (!this.#isEnding) onPicture(picture);
    });
    let said = '';
    (tool.stderr as Readable).setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-errorBytes);
    });
    this.ended = new Promise((resolve) => {
      tool.once('error', (error) => resolve(error.message));
      tool.once('close', () => resolve(tellingLines(redact(said), 1)[0] ?? 'the picture ended'));
    });
    this.ended.then(
      () => {
        for (const feeder of feeders) feeder.kill();
      },
      () => undefined,
    );
  }

  /** Ends it at once: it has no file to close. Settles when it is gone. */
  async stop(): Promise<void> {
    this.#isEnding = true;
    for (const child of this.#children) child.kill('SIGTERM');
    const killing = setTimeout(() => {
      for (const child of this.#children) child.kill('SIGKILL');
    }, killAfterMs);
    await Promise.all(this.#children.map(gone)).finally(() => clearTimeout(killing));
  }
}

function gone(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}
