import type { VideoProfile } from '../../core/camera/camera.ts';
import type { ProbeResult } from '../../core/camera-list/probe-result.ts';
import type { StreamJob } from '../../core/restream/ports.ts';
import type { RestreamTarget } from '../../core/restream/target.ts';
import { vaapiDevice } from '../ffmpeg/encoders.ts';
import { addressInput } from '../ffmpeg/input-arguments.ts';
import { videoArguments } from '../ffmpeg/output-arguments.ts';
import type { ToolFacts } from '../ffmpeg/tool-facts.ts';
import { cameraSource } from './camera-source.ts';
import { runFiles } from './run-folder.ts';

export interface StreamPlan {
  argv: string[];
  /** For file descriptor 3: addresses with passwords, which do not belong where all users can read them. */
  list?: string;
}

type LocalTarget = Exclude<RestreamTarget, { kind: 'pull' }>;

/**
 * The FFmpeg that sends one camera on. It works in a folder of its own and writes its progress and its log there. Throws
 * SOURCE_INVALID.
 *
 * @param loopFolder where it is recorded round the clock as well
 * @param probe decides what is copied: without it the sound is encoded where a copy might not be understood
 */
export function streamPlan(
  job: StreamJob & { target: LocalTarget },
  facts: ToolFacts,
  probe: ProbeResult | undefined,
  loopFolder?: string,
): StreamPlan {
  const { camera, target } = job;
  const [demuxer, before] = split(camera.options.extraInput ?? []);
  const input = addressInput(cameraSource(camera), facts, [...timing(job, probe), ...demuxer]);
  const video = videoProfile(job);
  const sound = soundPlan(job, probe);
  return {
    argv: [
      ['-nostdin', '-hide_banner', '-nostats', '-loglevel', 'level+warning', '-y'],
      ['-progress', runFiles.progress, ...(facts.libavformat[0] >= 59 ? ['-stats_period', '1'] : [])],
      video.encoder === 'h264-vaapi' ? ['-vaapi_device', vaapiDevice] : [],
      before,
      input.argv,
      sound.input,
      ['-map', '0:v:0', ...sound.map, ...videoArguments(video, facts), ...sound.codec],
      camera.options.extraOutput ?? [],
      loopFolder === undefined ? outputArguments(target) : teeArguments(target, loopFolder),
    ].flat(),
    ...(input.list === undefined ? {} : { list: input.list }),
  };
}

/** The encoders that a job needs; `copy` and `none` need nothing. */
export function videoProfile({ camera, encoder }: StreamJob): VideoProfile {
  const { video = 'copy', width, height, frameRate, bitRateKbps } = camera.options;
  const isChanged = [width, height, frameRate, bitRateKbps].some((value) => value !== undefined);
  if (video === 'copy' && !isChanged) return { encoder: 'copy' };
  return {
    encoder: encoder === 'copy' || encoder === 'none' ? 'h264' : encoder,
    // Viewers come at any time and see nothing before a key frame.
    keyFrameIntervalSeconds: 2,
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
    ...(frameRate === undefined ? {} : { frameRate }),
    ...(bitRateKbps === undefined ? {} : { bitRateKbps }),
  };
}

/**
 * Many cameras declare a frame rate that they do not keep, and recordings of the restream then have gaps that never were:
 * times by arrival do not. Not with B frames, whose order those would lose.
 */
function timing({ camera }: StreamJob, probe: ProbeResult | undefined): string[] {
  const isReordered = probe?.ok ? probe.tracks.some(({ hasReordering }) => hasReordering) : false;
  const wallClock = camera.options.wallClock ?? !isReordered;
  return wallClock ? ['-use_wallclock_as_timestamps', '1', '-fflags', '+genpts'] : ['-fflags', '+genpts'];
}

/** What each way of sending takes as it is; anything else becomes AAC. */
const soundCopied: Record<'rtsp' | 'flv' | 'mpegts' | 'hls', readonly string[]> = {
  rtsp: ['aac', 'opus', 'pcm_alaw', 'pcm_mulaw', 'mp3', 'mp2', 'ac3', 'adpcm_g722', 'pcm_s16be'],
  flv: ['aac', 'mp3'],
  mpegts: ['aac', 'mp2', 'mp3', 'ac3', 'opus'],
  hls: ['aac', 'mp3'],
};

const aac = ['-c:a', 'aac', '-b:a', '96k'];
const opus = ['-c:a', 'libopus', '-ar', '48000', '-b:a', '64k'];

function soundPlan({ audio, target }: StreamJob & { target: LocalTarget }, probe: ProbeResult | undefined) {
  const codec = probe?.ok ? probe.tracks.find(({ kind }) => kind === 'audio')?.codec : undefined;
  // A camera that turns out to have no sound is no failure.
  const own = { input: [], map: ['-map', '0:a:0?'] };
  switch (audio) {
    case 'none':
      return { input: [], map: [], codec: ['-an'] };
    case 'silent':
      return {
        input: ['-f', 'lavfi', '-i', 'anullsrc=channel_layout=mono:sample_rate=48000'],
        map: ['-map', '1:a:0'],
        // The silence has no end of its own.
        codec: ['-c:a', 'aac', '-b:a', '32k', '-shortest'],
      };
    case 'copy':
      return { ...own, codec: ['-c:a', 'copy'] };
    case 'aac':
      return { ...own, codec: codec === 'aac' ? ['-c:a', 'copy'] : aac };
    case 'opus':
      return { ...own, codec: codec === 'opus' ? ['-c:a', 'copy'] : opus };
    case 'auto': {
      const format = target.kind === 'embedded' ? 'hls' : target.format;
      return { ...own, codec: codec !== undefined && soundCopied[format].includes(codec) ? ['-c:a', 'copy'] : aac };
    }
  }
}

function outputArguments(target: LocalTarget): string[] {
  if (target.kind === 'embedded') return hlsArguments;
  switch (target.format) {
    case 'rtsp':
      return ['-f', 'rtsp', '-rtsp_transport', 'tcp', target.url];
    case 'flv':
      return ['-f', 'flv', '-flvflags', 'no_duration_filesize', target.url];
    case 'mpegts':
      return ['-f', 'mpegts', target.url];
  }
}

/**
 * Both at once, by one muxer: were they two outputs, FFmpeg would go on recording when the media server has gone, and look as
 * if it were live. The recording may fail (a full disk) without harm to the stream. Matroska holds every codec of a
 * camera, and is readable up to the last second after a crash.
 */
function teeArguments(target: LocalTarget, loopFolder: string): string[] {
  const options = outputArguments(target);
  const pairs: string[] = [];
  for (let at = 0; at < options.length - 1; at += 2)
    pairs.push(`${options[at]?.slice(1)}=${inTee(options[at + 1] ?? '', ':')}`);
  const record =
    'f=segment:segment_format=matroska:segment_time=300:segment_atclocktime=1:strftime=1:reset_timestamps=1:' +
    'onfail=ignore:use_fifo=1';
  const stream = `[${pairs.join(':')}]${options.at(-1)}`;
  // Seconds since 1970: names that sort by time, in no time zone.
  const loop = `[${record}]${loopFolder}/%s.mkv`;
  return ['-flags', '+global_header', '-f', 'tee', `${inTee(stream, '|')}|${inTee(loop, '|')}`];
}

function inTee(text: string, delimiter: string): string {
  return text.replace(/[\\']/g, '\\$&').replaceAll(delimiter, `\\${delimiter}`);
}

/**
 * Eight pieces on the disk, six in the playlist (RFC 8216). Numbers begin at the time of day, so that players that have
 * seen the stream before a restart do not take the new pieces for old ones.
 */
export const hlsArguments = [
  ['-f', 'hls', '-hls_time', '2', '-hls_list_size', '6', '-hls_delete_threshold', '2'],
  ['-hls_flags', 'delete_segments+omit_endlist+temp_file+program_date_time', '-hls_start_number_source', 'epoch'],
  ['-hls_segment_filename', `${runFiles.live}/%d.ts`, `${runFiles.live}/${runFiles.playlist}`],
].flat();

/** Options of the demuxer, which go with the address, and those of FFmpeg itself, which go before it. */
function split(words: readonly string[]): [demuxer: string[], before: string[]] {
  const demuxer: string[] = [];
  const before: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '-re') before.push(word);
    else (ofFfmpeg.includes(word.slice(1)) ? before : demuxer).push(word, words[++at] ?? '');
  }
  return [demuxer, before];
}

const ofFfmpeg = ['c:a', 'c:v', 'hwaccel', 'hwaccel_device', 'r', 'skip_frame', 'thread_queue_size', 'threads'];
