import { z } from 'zod';
import { targetSchemes } from '../core/camera-list/listed-camera.ts';
import { withPath } from '../core/restream/target.ts';

/** Form fields send numbers as text. */
const number = (least: number, most: number, value: number) => z.coerce.number().min(least).max(most).default(value);

/** Stored configuration of a capture-restream node. User and password of the target are credentials. */
export const restreamConfig = z.object({
  name: z.string().default(''),
  target: z
    .string()
    .trim()
    .default('')
    .superRefine((target, context) => {
      const problem = target === '' ? undefined : targetProblem(target);
      if (problem) context.addIssue({ code: 'custom', message: problem });
    }),
  mode: z.enum(['auto', 'ffmpeg', 'pull']).default('auto'),
  audio: z.enum(['auto', 'copy', 'aac', 'opus', 'silent', 'none']).default('auto'),
  encoder: z.enum(['h264', 'h264-vaapi', 'h264-v4l2m2m', 'h264-qsv', 'h264-nvenc']).default('h264'),
  stallSeconds: number(5, 600, 15),
  alarmMinutes: number(1, 1440, 5),
});
export type RestreamConfig = z.infer<typeof restreamConfig>;

function targetProblem(target: string): string | undefined {
  const scheme = /^([a-z]+):\/\/./i.exec(target)?.[1]?.toLowerCase() ?? '';
  if (!targetSchemes.some((one) => one === scheme) || !URL.canParse(withPath(target, 'camera'))) {
    return `must begin with ${targetSchemes.map((one) => `${one}://`).join(', ')}, or be empty`;
  }
  if (/^[a-z]+:\/\/[^/?#]*@/i.test(target)) {
    return 'must not contain user and password: flows are not secret; put them into the fields for them';
  }
  return undefined;
}
