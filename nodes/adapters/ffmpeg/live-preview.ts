import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { Camera } from '../../core/camera/camera.ts';
import { JpegSplitter } from '../../core/media/jpeg-splitter.ts';
import { redact } from '../../core/redact.ts';
import { usedProfile } from './capture-plan.ts';
import { type InputPlan, inputPlan } from './input-arguments.ts';
import type { ToolFacts } from './tool-facts.ts';
import { tellingLines } from './tool-log.ts';

const killAfterMs = 2000;
const errorBytes = 8 * 1024;

/** Arguments of a process that only makes pictures: five a second, 640 wide, as JPEGs on standard output. */
export function livePreviewArguments(input: InputPlan): string[] {
  return [
    ['-nostdin', '-hide_banner', '-nostats', '-loglevel', 'error', ...input.argv],
    ['-map', input.video ?? '0:v:0', '-vf', "fps=5,scale=w='min(640,iw)':h=-2:out_range=pc"],
    ['-c:v', 'mjpeg', '-pix_fmt', 'yuv420p', '-color_range', 'pc', '-strict', 'unofficial', '-q:v', '6'],
    ['-f', 'image2pipe', '-flush_packets', '1', 'pipe:1'],
  ].flat();
}

/**
 * A process that runs while somebody looks at a camera that is not being recorded. It writes into a pipe, so it ends
 * with the runtime.
 */
export class LivePreview {
  /** Settles when the process is gone, with what it said last; never rejects. */
  readonly ended: Promise<string>;
  readonly #children: ChildProcess[] = [];
  #isEnding = false;

  /** Throws SOURCE_INVALID. */
  constructor(camera: Camera, toolPath: string, facts: ToolFacts, onPicture: (jpeg: Uint8Array) => void) {
    const input = inputPlan(camera, usedProfile(camera), facts);
    const feeder =
      input.feeder && spawn(input.feeder.command, input.feeder.argv, { stdio: ['ignore', 'pipe', 'ignore'] });
    const tool = spawn(toolPath, livePreviewArguments(input), {
      stdio: [feeder?.stdout ?? 'ignore', 'pipe', 'pipe', input.list === undefined ? 'ignore' : 'pipe'],
    });
    if (feeder) {
      feeder.stdout.destroy();
      feeder.on('error', () => tool.kill());
      this.#children.push(feeder);
    }
    this.#children.push(tool);
    if (input.list !== undefined) {
      const list = tool.stdio[3] as Writable;
      list.on('error', () => undefined);
      list.end(input.list);
    }
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
      () => feeder?.kill(),
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
