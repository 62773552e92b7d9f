import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { CaptureProfile } from '../../core/camera/camera.ts';
import { ReelflowError } from '../../core/errors.ts';
import { toolEnvironment } from '../process/tool-environment.ts';
import { remuxStallMs, watchRemux } from './remux-watch.ts';
import { isFileUnfinished, tellingLines } from './tool-log.ts';

const formats: Record<CaptureProfile['container'], string[]> = {
  mp4: ['-movflags', '+faststart', '-strict', 'experimental', '-f', 'mp4'],
  mkv: ['-f', 'matroska'],
  webm: ['-f', 'webm'],
};
const errorBytes = 16 * 1024;
/** A tool that hangs in the kernel outlives even a SIGKILL; it must not hold up other recordings. */
const killedMs = 5000;

export interface Remux {
  input: AsyncIterable<Uint8Array>;
  outputPath: string;
  container: CaptureProfile['container'];
  toolPath: string;
  abort?: AbortSignal;
  /** Without any progress for this long the tool is given up. */
  stallMs?: number;
}

/**
 * Writes a fragmented MP4 stream as a finished file, samples untouched. Bounded memory: FFmpeg reads as fast as it
 * writes. Rejects with ASSEMBLE_FAILED (also for a tool that hangs), TOOL_MISSING, or the abort's reason; the output is then not to be used.
 */
export async function remux({
  input,
  outputPath,
  container,
  toolPath,
  abort,
  stallMs = remuxStallMs,
}: Remux): Promise<void> {
  abort?.throwIfAborted();
  const argv = [
    ['-nostdin', '-hide_banner', '-loglevel', 'warning', '-y', '-f', 'mp4', '-i', 'pipe:0'],
    ['-map', '0', '-c', 'copy', ...formats[container], outputPath],
  ].flat();
  // In a group of its own: a Ctrl-C on the terminal is for the runtime, which ends this by `abort`.
  const child = spawn(toolPath, argv, { stdio: ['pipe', 'ignore', 'pipe'], detached: true, env: toolEnvironment() });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-errorBytes);
  });
  const ended = new Promise<{ code: number | null; error?: NodeJS.ErrnoException }>((resolve) => {
    child.once('error', (error) => resolve({ code: null, error }));
    child.once('close', (code) => resolve({ code }));
  });
  const killed = Promise.withResolvers<{ code: null }>();
  const kill = () => {
    child.kill('SIGKILL');
    child.stdin.destroy();
    setTimeout(() => killed.resolve({ code: null }), killedMs).unref();
  };
  let fedBytes = 0;
  let isHanging = false;
  const endWatch = watchRemux({ outputPath, stallMs, fed: () => fedBytes }, () => {
    isHanging = true;
    kill();
  });
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const bytes of input) {
      yield bytes;
      fedBytes += bytes.length;
    }
  };
  abort?.addEventListener('abort', kill, { once: true });
  try {
    // The tool closes its input first when it fails; its own words tell more than "broken pipe".
    const fed = await pipeline(Readable.from(counted(), { objectMode: true, highWaterMark: 2 }), child.stdin).then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error,
    );
    if (fed && fed.code !== 'EPIPE' && fed.code !== 'ERR_STREAM_PREMATURE_CLOSE') kill();
    const { code, error }: { code: number | null; error?: NodeJS.ErrnoException } = await Promise.race([
      ended,
      killed.promise,
    ]);
    abort?.throwIfAborted();
    if (isHanging) {
      const message = `the finished file could not be written: FFmpeg did nothing for ${Math.round(stallMs / 1000)} s`;
      throw new ReelflowError('ASSEMBLE_FAILED', message, { isRetryable: true });
    }
    if (error?.code === 'ENOENT')
      throw new ReelflowError('TOOL_MISSING', `"${toolPath}" is not installed`, { cause: error });
    if (fed || error || code !== 0 || isFileUnfinished(said)) {
      const reason = tellingLines(said, 3).join('; ') || fed?.message || error?.message || `exit code ${code}`;
      throw new ReelflowError('ASSEMBLE_FAILED', `the finished file could not be written: ${reason}`, {
        cause: error ?? fed,
        isRetryable: true,
      });
    }
  } finally {
    endWatch();
    abort?.removeEventListener('abort', kill);
  }
}
