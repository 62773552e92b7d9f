import type { Camera } from '../../../core/camera/camera.ts';
import type { CapturePlan } from '../../ffmpeg/capture-plan.ts';
import { inputPlan } from '../../ffmpeg/input-arguments.ts';
import type { ToolFacts } from '../../ffmpeg/tool-facts.ts';

export const playlistName = 'live.m3u8';
/** What is kept on the disk for captures that begin late, or were away: five minutes. */
const listSize = 150;
const segmentSeconds = 2;
const timeoutMs = 10_000;
/** Ends a tool whose owner never came back. */
const guardSeconds = 30 * 24 * 3600;

/**
 * `ts`: as MPEG-TS, for what comes as such; `fmp4`: as fragmented MP4, for everything else; `fmp4-aac`: with sound that has
 * no place in MP4 (G.711 of cameras) encoded.
 */
export type IngestMode = 'ts' | 'fmp4' | 'fmp4-aac';

/** What to begin with. */
export function firstMode(url: string): IngestMode {
  return /^(udp|srt|rtp|tcp):/i.test(url) ? 'ts' : 'fmp4';
}

/** What FFmpeg's complaints of a run ask for. */
export function nextMode(mode: IngestMode, said: string): IngestMode {
  if (/Malformed AAC bitstream/i.test(said)) return 'ts';
  return /not currently supported in container/i.test(said) ? 'fmp4-aac' : mode;
}

export interface IngestRequest {
  url: string;
  /** In the names of its files: runs do not write over each other's. */
  run: string;
  mode: IngestMode;
}

/**
 * FFmpeg cuts a stream into HLS beside each other in its working folder, as it comes. No ENDLIST: a stream that broke off
 * goes on with the next run. Throws SOURCE_INVALID.
 */
export function ingestPlan({ url, run, mode }: IngestRequest, toolPath: string, facts: ToolFacts): CapturePlan {
  const isRtsp = /^rtsps?:/i.test(url);
  const camera: Camera = {
    id: run,
    name: 'stream',
    source: isRtsp ? { kind: 'rtsp', url, transport: 'tcp', timeoutMs } : { kind: 'url', url, timeoutMs },
    flavor: 'presenter/source',
    profile: { name: 'copy', video: { encoder: 'copy' }, audio: { encoder: 'copy' }, container: 'mp4' },
  };
  const input = inputPlan(camera, camera.profile, facts);
  const argv = [
    ...['-nostdin', '-hide_banner', '-loglevel', 'warning', '-nostats', ...input.argv],
    ...['-map', '0:v:0?', '-map', '0:a:0?', '-c', 'copy', ...(mode === 'fmp4-aac' ? ['-c:a', 'aac'] : [])],
    ...[
      '-t',
      String(guardSeconds),
      '-f',
      'hls',
      '-hls_time',
      String(segmentSeconds),
      '-hls_list_size',
      String(listSize),
    ],
    ...['-hls_flags', 'program_date_time+delete_segments+temp_file+omit_endlist'],
    ...(mode === 'ts'
      ? ['-hls_segment_type', 'mpegts', '-hls_segment_filename', `${run}-%d.ts`]
      : ['-hls_segment_type', 'fmp4', '-hls_fmp4_init_filename', `${run}-init.mp4`]),
    ...(mode === 'ts' ? [] : ['-hls_segment_filename', `${run}-%d.m4s`]),
    playlistName,
  ];
  return { command: toolPath, argv, ...(input.list === undefined ? {} : { list: input.list }) };
}
