import { z } from 'zod';
import { pathOf } from './camera-path.ts';
import { extraInputSchema, extraOutputSchema } from './extra-arguments.ts';

/** Schemes of addresses that a camera may have: what FFmpeg reads over a network, never a file or a device. */
export const cameraSchemes = ['rtsp', 'rtsps', 'http', 'https', 'rtmp', 'rtmps', 'srt', 'udp', 'rtp', 'tcp'] as const;
/** Where a restream may be sent. */
export const targetSchemes = ['rtsp', 'rtsps', 'rtmp', 'rtmps', 'srt'] as const;

const evenPixels = z.int().min(16).max(8192).multipleOf(2, 'must be an even number');

/** How a camera is restreamed. All optional: what is left out is decided by the restream node and by what is probed. */
export const cameraOptionsSchema = z.strictObject({
  transport: z.enum(['tcp', 'udp']).optional(),
  /** `pull`: the media server fetches the camera by itself; `ffmpeg`: a process of ours; `auto`: pull where that is enough. */
  mode: z.enum(['auto', 'ffmpeg', 'pull']).optional(),
  audio: z.enum(['auto', 'copy', 'aac', 'opus', 'silent', 'none']).optional(),
  video: z.enum(['copy', 'h264']).optional(),
  width: evenPixels.optional(),
  height: evenPixels.optional(),
  frameRate: z.number().positive().max(240).optional(),
  bitRateKbps: z.int().min(16).max(200_000).optional(),
  /** Timestamps by arrival instead of the camera's own. */
  wallClock: z.boolean().optional(),
  /** Overrides media server and path. May carry user and password: as secret as the camera's own address. */
  target: addressSchema(targetSchemes).optional(),
  extraInput: extraInputSchema.optional(),
  extraOutput: extraOutputSchema.optional(),
  isPaused: z.boolean().optional(),
  /** Records all the time and keeps the newest `hours`, `maxBytes` at most. */
  recordLoop: z
    .strictObject({
      hours: z
        .number()
        .positive()
        .max(24 * 366),
      maxBytes: z.int().positive().optional(),
    })
    .optional(),
});

export type CameraOptions = z.infer<typeof cameraOptionsSchema>;

/** A name for people, in any script; unique in a station, and so is what `pathOf` makes of it. */
export const cameraNameSchema = z
  .string()
  .trim()
  .min(1)
  .max(128)
  .refine((name) => !/\p{Cc}/u.test(name), 'must be one line of text')
  .refine((name) => pathOf(name) !== '', 'must have a letter or a digit');

export const listedCameraSchema = z.strictObject({
  /** Unique in a station and kept over renames: the list's own id and the row's, `<list>:<row>`. */
  id: z.string().min(1).max(256),
  name: cameraNameSchema,
  /** With user and password; never shown, see core/redact.ts. */
  url: addressSchema(cameraSchemes),
  options: cameraOptionsSchema.default({}),
});

/** A camera of a list: a row of a table, a line of a file, an entry of the dashboard. */
export type ListedCamera = z.infer<typeof listedCameraSchema>;

/** Never repeats the address in its message: there may be a password in it. */
function addressSchema(schemes: readonly string[]): z.ZodType<string> {
  const allowed = `must be an address that begins with ${schemes.map((scheme) => `${scheme}://`).join(', ')}`;
  return z
    .string()
    .trim()
    .max(2048)
    .refine((text) => {
      const match = /^([a-z][a-z0-9+.-]*):\/\/[^\s\p{Cc}]+$/iu.exec(text);
      return match !== null && schemes.includes(match[1]?.toLowerCase() ?? '');
    }, allowed);
}
