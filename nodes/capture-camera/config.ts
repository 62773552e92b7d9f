import { z } from 'zod';
import { pathOf } from '../core/camera-list/camera-path.ts';

/** Form fields send numbers as text, and '' for "not given". */
function optionalNumber(schema: z.ZodNumber) {
  return z.preprocess(
    (value) => (value === '' || value === null ? undefined : value),
    z.coerce.number().pipe(schema).optional(),
  );
}

const evenPixels = z.number().int('must be a whole number').min(16).max(8192).multipleOf(2, 'must be an even number');

const flags = {
  isLooped: z.boolean().default(true),
  hasAudio: z.boolean().default(true),
  isDeinterlaced: z.boolean().default(false),
  hasTimeOverlay: z.boolean().default(false),
};

/**
 * Stored configuration of a capture-camera node. One flat list, as the edit form has it: fields of other kinds keep
 * their values, so that trying another kind loses nothing.
 */
export const cameraConfig = z
  .object({
    name: z
      .string()
      .min(1)
      .max(64)
      .regex(/^[A-Za-z0-9_-]+$/, 'may have letters, digits, "_" and "-" only: it is part of topics and addresses'),
    kind: z.enum(['test', 'rtsp', 'url', 'v4l2', 'audio', 'file', 'rpicam', 'restream', 'command']).default('test'),
    flavor: z
      .string()
      .regex(/^[A-Za-z0-9_-]+\/[A-Za-z0-9_-]+$/, 'must be two words with a slash, such as presenter/source')
      .default('presenter/source'),
    url: z.string().trim().default(''),
    transport: z.enum(['tcp', 'udp']).default('tcp'),
    timeoutSeconds: z.coerce.number().min(1).max(600).default(10),
    device: z.string().trim().default(''),
    inputFormat: z.string().trim().default(''),
    audioSystem: z.enum(['none', 'alsa', 'pulse']).default('none'),
    audioDevice: z.string().trim().default(''),
    path: z.string().trim().default(''),
    cameraNumber: z.coerce.number().int().min(0).max(7).default(0),
    sourceWidth: optionalNumber(evenPixels),
    sourceHeight: optionalNumber(evenPixels),
    sourceFrameRate: optionalNumber(z.number().positive().max(240)),
    restreamed: z.string().trim().default(''),
    command: z.string().default(''),
    outputs: z.string().default(''),
    profile: z.string().default('copy'),
    container: z.enum(['', 'mp4', 'mkv', 'webm']).default(''),
    audioEncoder: z.enum(['', 'copy', 'aac', 'opus', 'flac', 'none']).default(''),
    bitRateKbps: optionalNumber(z.number().int().min(50).max(200_000)),
    width: optionalNumber(evenPixels),
    height: optionalNumber(evenPixels),
    frameRate: optionalNumber(z.number().positive().max(240)),
    keyFrameIntervalSeconds: optionalNumber(z.number().min(0.1).max(60)),
    crop: z
      .string()
      .trim()
      .regex(/^(\d+:\d+:\d+:\d+)?$/, 'must be width:height:x:y in pixels, such as 1280:720:0:0')
      .default(''),
    ...flags,
  })
  .superRefine((config, context) => {
    const issue = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
    const { kind } = config;
    if ((kind === 'rtsp' || kind === 'url') && config.url === '') issue('url', 'is missing: the address of the camera');
    if (kind === 'rtsp' && config.url && !/^rtsps?:\/\/./i.test(config.url)) issue('url', 'must begin with rtsp://');
    if (kind === 'url' && config.url && !/^(https?|udp|rtp|tcp|srt|rtmps?|rtsps?):\/\/./i.test(config.url)) {
      issue('url', 'must begin with http://, https://, udp://, rtp://, tcp://, srt://, rtmp:// or rtsp://');
    }
    if (/^[a-z]+:\/\/[^/?#]*@/i.test(config.url)) {
      issue('url', 'must not contain user and password: flows are not secret; put them into the fields for them');
    }
    if (kind === 'v4l2' && !config.device.startsWith('/dev/')) issue('device', 'must be a device such as /dev/video0');
    if ((kind === 'audio' || config.audioSystem !== 'none') && usesSound(kind) && config.audioDevice === '') {
      issue('audioDevice', 'is missing: such as hw:1,0 for ALSA or default for PulseAudio');
    }
    if (kind === 'audio' && config.audioSystem === 'none') issue('audioSystem', 'must be ALSA or PulseAudio');
    if (kind === 'file' && !config.path.startsWith('/')) issue('path', 'must be an absolute path of a media file');
    if (kind === 'restream' && pathOf(config.restreamed) === '') {
      issue('restreamed', 'is missing: the name of a camera that is restreamed here');
    }
    if (kind === 'command' && config.command.trim() === '') issue('command', 'is missing: program and arguments');
    if (kind === 'command' && config.outputs.trim() === '') {
      issue('outputs', 'is missing: the files that the command writes, one a line');
    }
  });

function usesSound(kind: string): boolean {
  return kind === 'audio' || kind === 'v4l2' || kind === 'rpicam';
}

export type CameraConfig = z.infer<typeof cameraConfig>;
