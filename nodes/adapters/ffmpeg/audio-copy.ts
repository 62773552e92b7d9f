import type { Camera } from '../../core/camera/camera.ts';
import { probe } from './ffprobe.ts';
import { inputPlan } from './input-arguments.ts';
import { toolFacts } from './tool-facts.ts';

/** What FFmpeg puts into MP4 and players play from it. */
const fitting = new Set(['aac', 'mp3', 'ac3', 'eac3', 'opus', 'flac', 'alac']);
const rememberMs = 3_600_000;
const remembered = new Map<string, { until: number; codec: string | undefined }>();

/**
 * The codec of a source's sound when it can be copied into MP4, otherwise undefined. Costs a connection to the camera,
 * so the answer is kept for an hour; a camera that does not answer counts as no.
 */
export async function copyableAudio(camera: Camera, toolPath: string): Promise<string | undefined> {
  const { source } = camera;
  if (source.kind !== 'rtsp' && source.kind !== 'url' && source.kind !== 'file') return undefined;
  const key = `${camera.id} ${JSON.stringify(source)}`;
  const known = remembered.get(key);
  if (known && known.until > performance.now()) return known.codec;
  const plan = inputPlan(camera, camera.profile, await toolFacts(toolPath));
  const argv = plan.argv.filter((word, index, all) => word !== '-re' && !isLoop(all, index)).map(fromStandardInput);
  try {
    const { tracks } = await probe({ argv, ...(plan.list === undefined ? {} : { list: plan.list }) });
    const codec = tracks.find((track) => track.kind === 'audio')?.codec;
    const answer = codec !== undefined && fitting.has(codec) ? codec : undefined;
    remembered.set(key, { until: performance.now() + rememberMs, codec: answer });
    return answer;
  } catch {
    return undefined;
  }
}

/** `-stream_loop -1` is an option of ffmpeg, not of ffprobe. */
function isLoop(all: readonly string[], index: number): boolean {
  return all[index] === '-stream_loop' || all[index - 1] === '-stream_loop';
}

function fromStandardInput(word: string): string {
  return word === 'pipe:3' ? 'pipe:0' : word;
}
