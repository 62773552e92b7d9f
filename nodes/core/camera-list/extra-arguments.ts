import { z } from 'zod';

/**
 * FFmpeg's own options that a camera may bring along, because a list is filled by people and tables who may use a
 * camera, not write files or read them with the rights of this process. Value options take the word after them.
 */
const inputOptions = {
  value: [
    'allowed_media_types',
    'analyzeduration',
    'buffer_size',
    'c:a',
    'c:v',
    'err_detect',
    'fflags',
    'flags',
    'hwaccel',
    'hwaccel_device',
    'max_delay',
    'max_port',
    'min_port',
    'probesize',
    'r',
    'reorder_queue_size',
    'rtsp_flags',
    'rtsp_transport',
    'skip_frame',
    'stimeout',
    'thread_queue_size',
    'threads',
    'timeout',
    'tls_verify',
    'use_wallclock_as_timestamps',
    'user_agent',
  ],
  flag: ['re'],
} as const;

const outputOptions = {
  value: [
    'ac',
    'ar',
    'b:a',
    'b:v',
    'bf',
    'bsf:a',
    'bsf:v',
    'bufsize',
    'flags',
    'fps_mode',
    'g',
    'keyint_min',
    'level',
    'max_muxing_queue_size',
    'maxrate',
    'metadata',
    'minrate',
    'muxdelay',
    'muxpreload',
    'pix_fmt',
    'pkt_size',
    'preset',
    'profile:v',
    'rtsp_flags',
    'rtsp_transport',
    'sc_threshold',
    'strict',
    'tag:v',
    'threads',
    'tune',
  ],
  flag: ['copyts', 'dn', 'shortest', 'sn'],
} as const;

interface Options {
  readonly value: readonly string[];
  readonly flag: readonly string[];
}

/** Words for FFmpeg before `-i`. */
export const extraInputSchema = wordsOf(inputOptions);
/** Words for FFmpeg before the target. */
export const extraOutputSchema = wordsOf(outputOptions);

function wordsOf(options: Options): z.ZodType<string[]> {
  return z
    .array(z.string().min(1).max(256))
    .max(64)
    .superRefine((words, context) => {
      const wrong = firstWrong(words, options);
      if (wrong) context.addIssue({ code: 'custom', path: [wrong.at], message: wrong.reason });
    });
}

function firstWrong(words: readonly string[], options: Options): { at: number; reason: string } | undefined {
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const name = word.replace(/^-/, '');
    if (word.startsWith('-') && options.flag.includes(name)) continue;
    if (!word.startsWith('-') || !options.value.includes(name)) {
      const known = [...options.value, ...options.flag].map((option) => `-${option}`).join(', ');
      return { at, reason: `is not an option that a camera may set; use ${known}` };
    }
    const value = words[++at];
    if (value === undefined) return { at: at - 1, reason: 'needs a value after it' };
    if (!/^[\w.,:+=%@ -]+$/.test(value))
      return { at, reason: 'may have letters, digits, spaces and . , : + = % @ - _' };
  }
  return undefined;
}
