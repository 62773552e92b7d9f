import { execa } from 'execa';
import { ReelflowError } from '../../core/errors.ts';
import { toolEnvironment } from '../process/tool-environment.ts';
import { tellingLines } from './tool-log.ts';

const timeoutMs = 15_000;
const largestJpegBytes = 1024 * 1024;

/** The first picture of a piece of media as a JPEG, 240 wide. Rejects with PICTURE_FAILED, TOOL_MISSING. */
export async function firstPicture(media: Uint8Array, toolPath = 'ffmpeg'): Promise<Uint8Array> {
  const argv = [
    ['-hide_banner', '-loglevel', 'error', '-threads', '1', '-i', 'pipe:0', '-map', '0:v:0', '-frames:v', '1'],
    ['-vf', "scale=w='min(240,iw)':h=-2:out_range=pc", '-pix_fmt', 'yuv420p', '-color_range', 'pc'],
    ['-strict', 'unofficial', '-q:v', '6', '-c:v', 'mjpeg', '-f', 'image2pipe', 'pipe:1'],
  ].flat();
  const result = await execa(toolPath, argv, {
    input: media,
    encoding: 'buffer',
    reject: false,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: largestJpegBytes,
    env: toolEnvironment(),
    extendEnv: false,
  });
  if (result.code === 'ENOENT') throw new ReelflowError('TOOL_MISSING', `"${toolPath}" is not installed`);
  // It closes its input once it has its picture; that is no failure.
  if (result.stdout.length > 0 && !result.timedOut) return result.stdout;
  const said = tellingLines(Buffer.from(result.stderr).toString(), 1)[0] ?? 'FFmpeg made no picture';
  throw new ReelflowError('PICTURE_FAILED', `there is no picture of it: ${said}`, { isRetryable: true });
}
