import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ClipInput, ClipPart, ClipWork } from '../../core/clips/clip.ts';
import { ReelflowError } from '../../core/errors.ts';
import { watchRemux } from '../ffmpeg/remux-watch.ts';
import { isFileUnfinished, tellingLines } from '../ffmpeg/tool-log.ts';
import { toolEnvironment } from '../process/tool-environment.ts';

const errorBytes = 16 * 1024;
/** Longer than a store may be silent, which says so itself. */
const stallMs = 90_000;
const quietly = ['-nostdin', '-hide_banner', '-loglevel', 'warning', '-y'];
const intoMp4 = ['-c', 'copy', '-movflags', '+faststart', '-strict', 'experimental', '-f', 'mp4'];

interface CopyOptions {
  inputs: ClipPart['inputs'];
  outputPath: string;
  read: ClipWork['read'];
  onBytes: (count: number) => void;
  abort: AbortSignal;
  toolPath: string;
}

/**
 * One MP4 of picture and sound, samples untouched. The media are streamed to FFmpeg, each input through a pipe of its own, as
 * fast as it writes. Rejects with CLIP_FAILED, OBJECT_DAMAGED, TOOL_MISSING, ENOSPC, and as `read`.
 */
export async function copyTogether({ inputs, outputPath, read, onBytes, abort, toolPath }: CopyOptions): Promise<void> {
  const given = inputs.flatMap(({ container }, index) => [
    ...['-f', container === 'ts' ? 'mpegts' : 'mov', '-i', `pipe:${index + 3}`],
  ]);
  const sound = inputs.length > 1 ? '1:a?' : '0:a?';
  // Their own times, moved together: picture and sound begin where they do in the archive.
  const times = ['-copyts', '-avoid_negative_ts', 'make_zero'];
  const argv = [...quietly, ...given, '-map', '0:v?', '-map', sound, ...times, ...intoMp4, outputPath];
  let fedBytes = 0;
  await runTool(
    { toolPath, argv, pipes: inputs.length, outputPath, abort, fed: () => fedBytes },
    async (pipe, signal) => {
      const feeding = inputs.map((input, index) => {
        const counted = counting(bytesOf(input, read, signal), (count) => {
          fedBytes += count;
          onBytes(count);
        });
        return pipeline(Readable.from(counted, { objectMode: true, highWaterMark: 2 }), pipe(index + 3), { signal });
      });
      await Promise.all(feeding);
    },
  );
}

interface JoinOptions {
  files: readonly string[];
  work: string;
  outputPath: string;
  abort: AbortSignal;
  toolPath: string;
}

/** One file of several, one behind the other. Rejects as copyTogether. */
export async function joinParts({ files, work, outputPath, abort, toolPath }: JoinOptions): Promise<void> {
  const list = join(work, 'parts.txt');
  await writeFile(list, files.map((file) => `file '${basename(file)}'\n`).join(''));
  const argv = [...quietly, '-f', 'concat', '-safe', '0', '-i', list, '-map', '0', ...intoMp4, outputPath];
  await runTool({ toolPath, argv, pipes: 0, outputPath, abort, fed: () => 0 }, async () => {});
}

interface ToolRun {
  toolPath: string;
  argv: string[];
  /** So many descriptors from 3 on are ours to write into. */
  pipes: number;
  outputPath: string;
  abort: AbortSignal;
  /** Bytes that it has taken. */
  fed: () => number;
}

type Feed = (pipe: (descriptor: number) => Writable, signal: AbortSignal) => Promise<void>;

async function runTool({ toolPath, argv, pipes, outputPath, abort, fed }: ToolRun, feed: Feed): Promise<void> {
  abort.throwIfAborted();
  const stdio = ['ignore', 'ignore', 'pipe', ...Array.from({ length: pipes }, () => 'pipe' as const)] as const;
  // In a group of its own: a Ctrl-C on the terminal is for the runtime, which ends this by `abort`.
  const child = spawn(toolPath, argv, { stdio: [...stdio], detached: true, env: toolEnvironment() });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-errorBytes);
  });
  const ended = endOf(child);
  const stopped = new AbortController();
  const kill = (): void => {
    child.kill('SIGKILL');
    stopped.abort(abort.reason);
  };
  abort.addEventListener('abort', kill, { once: true });
  let hasHung = false;
  const endWatch = watchRemux({ outputPath, stallMs, fed }, () => {
    hasHung = true;
    kill();
  });
  void ended.then(() => stopped.abort());
  try {
    // The tool closes its inputs first when it fails; its own words tell more than "broken pipe".
    const fault = await feed((descriptor) => child.stdio[descriptor as 3] as Writable, stopped.signal).then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error,
    );
    if (fault && !isOfThePipe(fault)) kill();
    const { code, error } = await ended;
    abort.throwIfAborted();
    if (fault && !isOfThePipe(fault)) throw fault;
    if (error?.code === 'ENOENT') {
      throw new ReelflowError('TOOL_MISSING', `"${toolPath}" is not installed`, { cause: error });
    }
    if (/No space left on device/.test(said)) throw Object.assign(new Error(said), { code: 'ENOSPC' });
    if (code !== 0 || isFileUnfinished(said)) {
      const hung = hasHung ? `nothing was read and nothing written for ${stallMs / 1000} seconds` : '';
      const words = hung || tellingLines(said, 3).join('; ') || error?.message;
      const reason = words || `FFmpeg ended with ${code ?? 'a signal'}`;
      throw new ReelflowError('CLIP_FAILED', `the clip could not be written: ${reason}`, { isRetryable: true });
    }
  } finally {
    endWatch();
    abort.removeEventListener('abort', kill);
  }
}

function endOf(child: ChildProcess): Promise<{ code: number | null; error?: NodeJS.ErrnoException }> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, error }));
    child.once('close', (code) => resolve({ code }));
  });
}

function isOfThePipe({ code, name }: NodeJS.ErrnoException): boolean {
  return (
    ['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR'].includes(code ?? '') || name === 'AbortError'
  );
}

async function* bytesOf({ stretches }: ClipInput, read: ClipWork['read'], abort: AbortSignal) {
  for (const stretch of stretches) {
    const { key, range } = stretch;
    let missingBytes = range.end - range.start;
    for await (const part of await read(stretch, abort)) {
      missingBytes -= part.length;
      yield part;
    }
    // FFmpeg would take it for the end of the media, and the file would be too short.
    if (missingBytes > 0) throw new ReelflowError('OBJECT_DAMAGED', `${key} has less bytes than when it was stored`);
  }
}

async function* counting(bytes: AsyncIterable<Uint8Array>, onBytes: (count: number) => void) {
  for await (const part of bytes) {
    yield part;
    onBytes(part.length);
  }
}
