import { execa } from 'execa';
import { z } from 'zod';
import { ReelflowError } from '../../core/errors.ts';
import { redact } from '../../core/redact.ts';
import { toolEnvironment } from '../process/tool-environment.ts';

/** What ffprobe found in a file or at a URL. */
export interface ProbeResult {
  /** FFmpeg's names, e.g. `mov,mp4,m4a,3gp,3g2,mj2`. */
  format: string;
  /** Absent for live sources. */
  durationMs?: number;
  tracks: ProbedTrack[];
}

export interface ProbedTrack {
  kind: 'video' | 'audio' | 'other';
  codec: string;
  width?: number;
  height?: number;
  framesPerSecond?: number;
  /** Pictures come in another order than they are shown in (B frames). */
  hasReordering?: boolean;
  sampleRate?: number;
  channels?: number;
}

const answer = z.object({
  format: z.object({ format_name: z.string().default(''), duration: z.coerce.number().optional() }),
  streams: z
    .array(
      z.object({
        codec_type: z.string().default(''),
        codec_name: z.string().default('unknown'),
        width: z.number().optional(),
        height: z.number().optional(),
        avg_frame_rate: z.string().optional(),
        has_b_frames: z.number().optional(),
        sample_rate: z.coerce.number().optional(),
        channels: z.number().optional(),
      }),
    )
    .default([]),
});

export interface ProbeInput {
  /** Options and `-i`; `list` goes to standard input (secrets do not belong on a command line). */
  argv: readonly string[];
  list?: string;
}

/**
 * Looks into a file or a source. Rejects with PROBE_FAILED (what the tool said, passwords removed), PROBE_TIMEOUT, or
 * TOOL_MISSING.
 */
export async function probe(
  input: ProbeInput,
  { timeoutMs = 10_000, toolPath = 'ffprobe' } = {},
): Promise<ProbeResult> {
  const argv = ['-hide_banner', '-loglevel', 'error', '-of', 'json', '-show_format', '-show_streams', ...input.argv];
  const result = await execa(toolPath, argv, {
    reject: false,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    env: toolEnvironment(),
    extendEnv: false,
    ...(input.list === undefined ? { stdin: 'ignore' as const } : { input: input.list }),
  });
  if (result.code === 'ENOENT') {
    throw new ReelflowError('TOOL_MISSING', `"${toolPath}" is not installed; it comes with FFmpeg`);
  }
  if (result.timedOut) {
    throw new ReelflowError('PROBE_TIMEOUT', `no answer within ${timeoutMs} ms`, { isRetryable: true });
  }
  if (result.failed) {
    const said = redact(result.stderr).trim().split('\n').at(-1) || 'the tool gave no reason';
    throw new ReelflowError('PROBE_FAILED', said, { isRetryable: true });
  }
  return readAnswer(result.stdout);
}

/** A file on this machine. */
export function probeFile(path: string, timeoutMs = 10_000): Promise<ProbeResult> {
  return probe({ argv: ['-i', `file:${path}`] }, { timeoutMs });
}

function readAnswer(json: string): ProbeResult {
  const { format, streams } = answer.parse(JSON.parse(json));
  return {
    format: format.format_name,
    ...(format.duration === undefined ? {} : { durationMs: Math.round(format.duration * 1000) }),
    tracks: streams.map((stream) => {
      const [frames = 0, per = 0] = (stream.avg_frame_rate ?? '').split('/').map(Number);
      return {
        kind: stream.codec_type === 'video' || stream.codec_type === 'audio' ? stream.codec_type : 'other',
        codec: stream.codec_name,
        ...(stream.width ? { width: stream.width } : {}),
        ...(stream.height ? { height: stream.height } : {}),
        ...(stream.codec_type === 'video' && frames > 0 && per > 0 ? { framesPerSecond: frames / per } : {}),
        ...(stream.has_b_frames ? { hasReordering: true } : {}),
        ...(stream.sample_rate ? { sampleRate: stream.sample_rate } : {}),
        ...(stream.channels ? { channels: stream.channels } : {}),
      };
    }),
  };
}
