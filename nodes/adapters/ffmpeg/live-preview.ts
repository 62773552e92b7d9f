import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import type { Camera } from '../../core/camera/camera.ts';
import { toolEnvironment } from '../process/tool-environment.ts';
import { usedProfile } from './capture-plan.ts';
import { type InputPlan, inputPlan } from './input-arguments.ts';
import { jpegArguments, PictureTool } from './picture-tool.ts';
import type { ToolFacts } from './tool-facts.ts';

/** Arguments of a process that only makes pictures: five a second. */
export function livePreviewArguments(input: InputPlan): string[] {
  const start = ['-nostdin', '-hide_banner', '-nostats', '-loglevel', 'error'];
  return [...start, ...input.argv, ...jpegArguments(input.video ?? '0:v:0', 5)];
}

/** Runs while somebody looks at a camera that is not being recorded. Throws SOURCE_INVALID. */
export function startLivePreview(
  camera: Camera,
  toolPath: string,
  facts: ToolFacts,
  onPicture: (jpeg: Uint8Array) => void,
): PictureTool {
  const input = inputPlan(camera, usedProfile(camera), facts);
  const feeder =
    input.feeder &&
    spawn(input.feeder.command, input.feeder.argv, { stdio: ['ignore', 'pipe', 'ignore'], env: toolEnvironment() });
  const tool = spawn(toolPath, livePreviewArguments(input), {
    stdio: [feeder?.stdout ?? 'ignore', 'pipe', 'pipe', input.list === undefined ? 'ignore' : 'pipe'],
    env: toolEnvironment(),
  });
  if (feeder) {
    feeder.stdout.destroy();
    feeder.on('error', () => tool.kill());
  }
  if (input.list !== undefined) {
    const list = tool.stdio[3] as Writable;
    list.on('error', () => undefined);
    list.end(input.list);
  }
  return new PictureTool(tool, feeder ? [feeder] : [], onPicture);
}
