import type { CaptureProfile, VideoProfile } from '../../core/camera/camera.ts';
import { defaultKeyFrameSeconds } from '../../core/camera/profile.ts';
import { audioEncoders, vaapiDevice, videoEncoders } from './encoders.ts';
import type { InputPlan } from './input-arguments.ts';
import { isAtLeast, type ToolFacts } from './tool-facts.ts';

/** Names inside the folder of a capture; the tool runs in that folder, so that no path needs escaping in a filter. */
export const captureFiles = {
  media: 'capture.mp4',
  preview: 'preview.jpg',
  /** Brightness of each preview picture, one a second. */
  video: 'video.txt',
  /** Sound level, two a second. */
  level: 'level.txt',
  log: 'tool.log',
} as const;

/** Sound is measured over this long; a line in level.txt stands for the half second that begins at its time. */
export const levelPeriodMs = 500;

/** Options before the inputs. */
export function globalArguments(profile: CaptureProfile): string[] {
  return [
    ['-nostdin', '-hide_banner', '-nostats', '-loglevel', 'level+warning', '-y'],
    ...(profile.video.encoder === 'h264-vaapi' ? ['-vaapi_device', vaapiDevice] : []),
  ].flat();
}

/** Options before the first input that say how it is decoded. */
export function decoderArguments(input: InputPlan, profile: CaptureProfile): string[] {
  if (!input.isCompressed || !input.video) return [];
  // Only the preview is decoded when the picture is copied: its key frames do, at once, for 1 % of a core.
  if (profile.video.encoder === 'copy') return ['-skip_frame:v', 'nokey', '-flags:v', 'low_delay', '-threads:v', '1'];
  // Every decoding thread delays the picture by a frame, and with it what we know of arrival times.
  return ['-threads:v', '3'];
}

/**
 * The recording: one growing fragmented MP4 that is readable up to its last half second, whatever happens. `isAac`: the
 * sound of the source is AAC; transport streams pack it in a way that MP4 has not.
 */
export function recordingArguments(
  input: InputPlan,
  profile: CaptureProfile,
  { guardMs, facts, isAac }: { guardMs: number; facts: ToolFacts; isAac: boolean },
): string[] {
  const hasVideo = input.video !== undefined && profile.video.encoder !== 'none';
  const hasAudio = input.audio !== undefined && profile.audio.encoder !== 'none';
  return [
    ...(hasVideo ? ['-map', `${input.video}`, ...videoArguments(profile.video, facts)] : []),
    ...(hasAudio ? ['-map', optional(input.audio, hasVideo), ...audioArguments(profile, input, isAac)] : []),
    ['-t', seconds(guardMs)],
    ['-f', 'mp4', '-movflags', '+frag_keyframe+delay_moov+default_base_moof', '-frag_duration', '500000'],
    // A track that has dried up must not hold back the others for the usual 10 s. FLAC and Opus in MP4 were
    // called experimental for years.
    ['-flush_packets', '1', '-max_interleave_delta', '3000000', '-strict', 'experimental', captureFiles.media],
  ].flat();
}

/** A picture a second, replaced in one step, and its brightness. */
export function previewArguments(
  input: InputPlan,
  profile: CaptureProfile,
  guardMs: number,
  facts: ToolFacts,
): string[] {
  if (!input.video || profile.video.encoder === 'none') return [];
  const filters = [
    "select='isnan(prev_selected_t)+gte(t-prev_selected_t,0.99)'",
    "scale=w='min(640,iw)':h=-2:out_range=tv",
    'format=yuv420p',
    `signalstats,metadata=mode=print:key=lavfi.signalstats.YAVG:file=${captureFiles.video}:direct=1`,
    'scale=out_range=pc',
  ];
  return [
    ['-map', input.video, '-vf', filters.join(','), ...asTheyCome(facts), '-t', seconds(guardMs)],
    ['-c:v', 'mjpeg', '-pix_fmt', 'yuv420p', '-color_range', 'pc', '-strict', 'unofficial', '-q:v', '5'],
    ['-f', 'image2', '-update', '1', '-atomic_writing', '1', captureFiles.preview],
  ].flat();
}

/**
 * Sound level. The picture is mapped too (copied to nowhere): an output needs at least one stream, and whether a camera
 * sends sound is only known when it runs.
 */
export function levelArguments(input: InputPlan, profile: CaptureProfile, guardMs: number): string[] {
  if (!input.audio || profile.audio.encoder === 'none') return [];
  const hasVideo = input.video !== undefined && profile.video.encoder !== 'none';
  const filters = [
    'aresample=48000',
    `asetnsamples=n=${(48_000 * levelPeriodMs) / 1000}`,
    'astats=metadata=1:reset=1:measure_perchannel=none',
    `ametadata=mode=print:key=lavfi.astats.Overall.RMS_level:file=${captureFiles.level}:direct=1`,
  ];
  return [
    ...(hasVideo ? ['-map', `${input.video}`, '-c:v', 'copy'] : []),
    ['-map', optional(input.audio, hasVideo), '-af', filters.join(','), '-t', seconds(guardMs), '-f', 'null', '-'],
  ].flat();
}

/** How the picture is encoded, or copied. */
export function videoArguments(video: VideoProfile, facts: ToolFacts): string[] {
  if (video.encoder === 'copy' || video.encoder === 'none') return ['-c:v', 'copy'];
  const filters = pictureFilters(video, facts);
  const interval = video.keyFrameIntervalSeconds ?? defaultKeyFrameSeconds;
  return [
    ...(filters.length > 0 ? ['-vf', filters.join(',')] : []),
    // Times as the source has them, to the tick of RTP and MPEG: a wrongly guessed rate must not drop or double frames.
    [isAtLeast(facts, 59, 27) ? '-fps_mode' : '-vsync', 'vfr', '-enc_time_base', '1:90000'],
    ['-c:v', videoEncoders[video.encoder], ...encoderArguments(video)],
    ['-force_key_frames', `expr:gte(t,n_forced*${interval})`],
  ].flat();
}

function encoderArguments(video: VideoProfile): string[] {
  const { bitRateKbps, quality } = video;
  const rate = bitRateKbps
    ? ['-b:v', `${bitRateKbps}k`, '-maxrate', `${bitRateKbps}k`, '-bufsize', `${bitRateKbps * 2}k`]
    : [];
  const chipRate = rate.length > 0 ? rate : ['-b:v', '4000k', '-maxrate', '4000k', '-bufsize', '8000k'];
  switch (video.encoder) {
    case 'h264': {
      const constant = rate.length > 0 ? rate : ['-crf', String(quality ?? 23)];
      // What the encoder holds back is lost when the power goes: 0.3 s instead of 0.7 s, for some 10 % more bits.
      const latency = ['-bf', '0', '-rc-lookahead', '5', '-threads:v', '4'];
      return ['-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-sc_threshold', '0', ...latency, ...constant];
    }
    case 'h264-vaapi':
    case 'h264-qsv':
      return chipRate;
    case 'h264-nvenc':
      return ['-preset', 'p4', '-pix_fmt', 'yuv420p', '-forced-idr', '1', ...chipRate];
    case 'h264-v4l2m2m':
      return ['-pix_fmt', 'yuv420p', '-num_capture_buffers', '16', ...chipRate];
    case 'vp9': {
      const constant = rate.length > 0 ? rate : ['-b:v', '0', '-crf', String(quality ?? 33)];
      return ['-deadline', 'realtime', '-cpu-used', '8', '-row-mt', '1', '-pix_fmt', 'yuv420p', ...constant];
    }
    case 'copy':
    case 'none':
      return [];
  }
}

function pictureFilters(video: VideoProfile, facts: ToolFacts): string[] {
  const { crop, width, height } = video;
  const filters: string[] = [];
  if (video.isDeinterlaced) filters.push('bwdif=mode=send_frame');
  if (crop) filters.push(`crop=${crop.width}:${crop.height}:${crop.x}:${crop.y}`);
  if (width && height) {
    filters.push(`scale=w=${width}:h=${height}:force_original_aspect_ratio=decrease:force_divisible_by=2`);
  } else if (width || height) filters.push(`scale=w=${width ?? -2}:h=${height ?? -2}`);
  if (video.frameRate) filters.push(`fps=${video.frameRate}`);
  if (video.hasTimeOverlay && facts.canDrawText) {
    filters.push('drawtext=text=%{localtime}:fontsize=h/30:x=w-tw-10:y=10:fontcolor=white:box=1:boxcolor=black@0.5');
  }
  if (video.encoder === 'h264-vaapi') filters.push('format=nv12', 'hwupload');
  return filters;
}

function audioArguments(profile: CaptureProfile, input: InputPlan, isAac: boolean): string[] {
  const { encoder, bitRateKbps } = profile.audio;
  if (encoder === 'copy' || encoder === 'none') return ['-c:a', 'copy', ...(isAac ? ['-bsf:a', 'aac_adtstoasc'] : [])];
  // Clocks of cameras drift and networks lose packets: stretch and fill, so that sound stays with the picture.
  const inStep = input.isLive ? ['-af', 'aresample=async=1000'] : [];
  const rate = bitRateKbps && encoder !== 'flac' ? ['-b:a', `${bitRateKbps}k`] : [];
  return [...inStep, '-c:a', audioEncoders[encoder], ...rate];
}

function asTheyCome(facts: ToolFacts): string[] {
  return isAtLeast(facts, 59, 27) ? ['-fps_mode', 'passthrough'] : ['-vsync', 'passthrough'];
}

/** With `?` a missing stream is no error; the last stream of an output has to be there. */
function optional(stream: string | undefined, isOptional: boolean): string {
  return isOptional ? `${stream}?` : `${stream}`;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}
