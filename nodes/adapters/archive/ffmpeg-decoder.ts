import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Decoded, DecodeFault, Decoder } from '../../core/archive/decoder.ts';
import type { Container } from '../../core/archive/track.ts';
import { ReelflowError } from '../../core/errors.ts';
import { redact } from '../../core/redact.ts';
import { toolEnvironment } from '../process/tool-environment.ts';

const formats: Partial<Record<Container, string>> = { fmp4: 'mov', ts: 'mpegts' };
const mostFaults = 200;
const timeBase = /^#tb (\d+): (\d+)\/(\d+)$/;
const mediaType = /^#media_type (\d+): (\w+)$/;
/** Stream, decoding time, presentation time, duration. */
const frame = /^(\d+),\s*-?\d+,\s*(-?\d+),\s*(\d+),/;
const soundDecoders = /^\[(aac|mp[123]|e?ac3|opus|flac|dca|pcm)/;

/**
 * FFmpeg decodes on one processor, at low priority: recordings come first. Its checksums of frames and its complaints come
 * through the same pipe, so that each complaint stands behind the last frame that was good.
 */
export class FfmpegDecoder implements Decoder {
  readonly #toolPath: string;

  constructor(toolPath = 'ffmpeg') {
    this.#toolPath = toolPath;
  }

  async decode(bytes: AsyncIterable<Uint8Array>, container: Container, abort: AbortSignal): Promise<Decoded> {
    abort.throwIfAborted();
    const format = formats[container];
    const input = ['-threads', '1', ...(format ? ['-f', format] : []), '-i', 'pipe:0'];
    const output = ['-map', '0:v?', '-map', '0:a?', '-f', 'framecrc', '-flush_packets', '1', 'pipe:2'];
    // Repeated complaints as they come: "Last message repeated" would be told much later, as if something else were broken.
    const child = spawn(
      this.#toolPath,
      ['-nostdin', '-hide_banner', '-loglevel', 'repeat+error', ...input, ...output],
      {
        stdio: ['pipe', 'ignore', 'pipe'],
        env: toolEnvironment(),
        signal: abort,
        killSignal: 'SIGKILL',
      },
    );
    const ended = once(child, 'close');
    // Told below, after what was to be decoded had its say.
    ended.catch(() => {});
    stepBack(child);
    const listening = listen(child);
    try {
      await pipeline(Readable.from(bytes), child.stdin as Writable, { signal: abort });
    } catch (error) {
      if (!isOfThePipe(error)) {
        child.kill('SIGKILL');
        await ended.catch(() => {});
        abort.throwIfAborted();
        throw error;
      }
    }
    try {
      await ended;
    } catch (error) {
      abort.throwIfAborted();
      const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      throw isMissing
        ? new ReelflowError('TOOL_MISSING', `"${this.#toolPath}" is not installed`, { cause: error })
        : error;
    }
    abort.throwIfAborted();
    if (child.signalCode !== null) {
      throw new ReelflowError('DECODER_FAILED', `FFmpeg was ended by ${child.signalCode}`, { isRetryable: true });
    }
    return await listening;
  }
}

async function listen({ stderr }: ChildProcess): Promise<Decoded> {
  const streams = new Map<string, { isAudio: boolean; unitMs: number; endMs: number }>();
  const streamOf = (id: string) => {
    const known = streams.get(id) ?? { isAudio: false, unitMs: 0, endMs: 0 };
    streams.set(id, known);
    return known;
  };
  const faults: DecodeFault[] = [];
  let frameCount = 0;
  if (!stderr) return { frameCount, faults };
  for await (const line of createInterface({ input: stderr })) {
    const [, id = '', stamp, duration] = frame.exec(line) ?? [];
    if (stamp !== undefined) {
      frameCount += 1;
      const stream = streamOf(id);
      stream.endMs = (Number(stamp) + Number(duration)) * stream.unitMs;
      continue;
    }
    const [, timed = '', numerator, denominator] = timeBase.exec(line) ?? [];
    if (numerator !== undefined) streamOf(timed).unitMs = (Number(numerator) / Number(denominator)) * 1000;
    const [, typed, type] = mediaType.exec(line) ?? [];
    if (typed !== undefined) streamOf(typed).isAudio = type === 'audio';
    if (line.startsWith('#') || line.trim() === '' || faults.length >= mostFaults) continue;
    const isAboutSound = soundDecoders.test(line);
    const all = [...streams.values()];
    // What no decoder of sound says is about the picture, unless there is none.
    const concerned = all.find(({ isAudio }) => isAudio === isAboutSound) ?? all[0];
    // "[h264 @ 0x5644b08b5400] ..." differs from run to run.
    const message = redact(line.replace(/^\[(\S+) @ 0x[0-9a-f]+\]/, '$1:'));
    faults.push({ atMs: concerned?.endMs ?? 0, message });
  }
  return { frameCount, faults };
}

function stepBack({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended already, or the system does not allow it: then it competes.
  }
}

/** The tool has closed its input: what it says counts more. */
function isOfThePipe(error: unknown): boolean {
  return ['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'].includes((error as NodeJS.ErrnoException).code ?? '');
}
