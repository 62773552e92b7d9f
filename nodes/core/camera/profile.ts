import { z } from 'zod';
import type { CameraSource, CaptureProfile, VideoEncoder } from './camera.ts';

/** How a track is encoded, as stored in a node or given in a message. Ranges are what FFmpeg's encoders take. */
export const captureProfileSchema: z.ZodType<CaptureProfile> = z
  .strictObject({
    name: z.string().min(1).max(64),
    video: z.strictObject({
      encoder: z.enum(['copy', 'h264', 'h264-vaapi', 'h264-v4l2m2m', 'h264-qsv', 'h264-nvenc', 'vp9', 'none']),
      bitRateKbps: z.number().int().min(50).max(200_000).optional(),
      quality: z.number().int().min(0).max(63).optional(),
      width: z.number().int().min(16).max(8192).multipleOf(2).optional(),
      height: z.number().int().min(16).max(8192).multipleOf(2).optional(),
      frameRate: z.number().positive().max(240).optional(),
      keyFrameIntervalSeconds: z.number().min(0.1).max(60).optional(),
      isDeinterlaced: z.boolean().optional(),
      crop: z
        .strictObject({
          width: z.number().int().min(16),
          height: z.number().int().min(16),
          x: z.number().int().min(0),
          y: z.number().int().min(0),
        })
        .optional(),
      hasTimeOverlay: z.boolean().optional(),
    }),
    audio: z.strictObject({
      encoder: z.enum(['copy', 'aac', 'opus', 'flac', 'none']),
      bitRateKbps: z.number().int().min(6).max(1536).optional(),
    }),
    container: z.enum(['mp4', 'mkv', 'webm']),
  })
  .superRefine((profile, context) => {
    const issue = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (profile.video.encoder === 'none' && profile.audio.encoder === 'none') {
      issue(['video', 'encoder'], 'a profile needs video or audio; both are "none"');
    }
    if (profile.container === 'webm' && !['vp9', 'none'].includes(profile.video.encoder)) {
      issue(['container'], 'WebM takes VP9 video only; choose the encoder "vp9" or another container');
    }
    if (profile.container === 'webm' && !['opus', 'none'].includes(profile.audio.encoder)) {
      issue(['container'], 'WebM takes Opus audio only; choose the encoder "opus" or another container');
    }
    if (profile.video.encoder === 'copy' && changesPicture(profile)) {
      issue(
        ['video', 'encoder'],
        'size, rate, crop, deinterlacing and overlay need an encoder; "copy" leaves the picture as it is',
      );
    }
  });

const aac = { encoder: 'aac', bitRateKbps: 128 } as const;

/** The profiles that come with Reelflow. `copy` is the default: what the camera sends, at a hundredth of a core. */
export const shippedProfiles: readonly CaptureProfile[] = [
  { name: 'copy', video: { encoder: 'copy' }, audio: aac, container: 'mp4' },
  encoded('h264-720p', 'h264', 1280, 720, { quality: 23 }),
  encoded('h264-1080p', 'h264', 1920, 1080, { quality: 23 }),
  encoded('h264-vaapi-1080p', 'h264-vaapi', 1920, 1080, { bitRateKbps: 6000 }),
  encoded('h264-v4l2m2m-1080p', 'h264-v4l2m2m', 1920, 1080, { bitRateKbps: 6000 }),
  encoded('h264-qsv-1080p', 'h264-qsv', 1920, 1080, { bitRateKbps: 6000 }),
  encoded('h264-nvenc-1080p', 'h264-nvenc', 1920, 1080, { bitRateKbps: 6000 }),
  { name: 'archive', video: { encoder: 'copy' }, audio: { encoder: 'flac' }, container: 'mkv' },
  {
    name: 'webm',
    video: { encoder: 'vp9', bitRateKbps: 2000, width: 1280, height: 720, keyFrameIntervalSeconds: 2 },
    audio: { encoder: 'opus', bitRateKbps: 96 },
    container: 'webm',
  },
  { name: 'audio', video: { encoder: 'none' }, audio: { encoder: 'aac', bitRateKbps: 192 }, container: 'mp4' },
];

/** By name; undefined for a name that is not shipped. */
export function findProfile(name: string): CaptureProfile | undefined {
  return shippedProfiles.find((profile) => profile.name === name);
}

/** Seconds between key frames where the profile says nothing: cuts are exact to this. */
export const defaultKeyFrameSeconds = 1;

/**
 * The profile that is really used on a source. Raw pictures (test pattern, most V4L2 formats) can not be copied into a
 * file of sensible size: `copy` encodes them with x264. A source that is sound only has no video.
 */
export function profileFor(source: CameraSource, profile: CaptureProfile): CaptureProfile {
  if (source.kind === 'audio') return { ...profile, video: { encoder: 'none' } };
  if (profile.video.encoder === 'copy' && isRaw(source)) return { ...profile, video: { encoder: 'h264', quality: 23 } };
  return profile;
}

function isRaw(source: CameraSource): boolean {
  if (source.kind === 'v4l2') return !['h264', 'hevc'].includes(source.inputFormat ?? '');
  return source.kind === 'test';
}

function changesPicture({ video }: CaptureProfile): boolean {
  return [video.width, video.height, video.frameRate, video.crop].some((value) => value !== undefined)
    ? true
    : Boolean(video.isDeinterlaced || video.hasTimeOverlay);
}

function encoded(
  name: string,
  encoder: VideoEncoder,
  width: number,
  height: number,
  rate: { quality?: number; bitRateKbps?: number },
): CaptureProfile {
  return {
    name,
    video: { encoder, width, height, keyFrameIntervalSeconds: 2, ...rate },
    audio: aac,
    container: 'mp4',
  };
}
