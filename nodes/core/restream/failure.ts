import { redact } from '../redact.ts';
import type { ReasonClass, RestreamReason } from './restream.ts';

/** How a tool ended. Both null when nobody was there to see it (a process that was adopted). */
export interface ToolEnd {
  exitCode: number | null;
  signal: string | null;
  /** The last lines of its log. */
  lines: readonly string[];
}

/** What went wrong on the way out, as FFmpeg 4 to 8 say it. The line before tells the cause. */
const outputTrouble =
  /Could not write header|Error opening output|av_interleaved_write_frame|Error submitting a packet to the muxer|Error muxing|Error writing trailer|method (ANNOUNCE|RECORD) failed|Error initializing output stream/i;

const inputCauses: readonly [RegExp, ReasonClass][] = [
  [/401 Unauthorized|403 Forbidden|authorization failed|HTTP error 40[13]|access denied/i, 'unauthorised'],
  [/404 Not Found|HTTP error 404|Server returned 404|Stream not found|454 /i, 'not-found'],
  [/Connection refused/i, 'refused'],
  [/Failed to resolve|Name or service not known|No route to host|Network is unreachable|Host is down/i, 'no-host'],
  [/timed? ?out|Operation timed out|Timeout/i, 'timeout'],
  [/matches no streams|does not contain any stream/i, 'no-video'],
  [
    /codec not currently supported|Could not find codec parameters|Unsupported codec|could not find tag|Only .* supported|no decoder|Unknown (de|en)coder|Error while opening encoder|incorrect codec parameters/i,
    'codec',
  ],
  [/Invalid data found/i, 'timeout'],
];

const outputCauses: readonly [RegExp, ReasonClass][] = [
  [/401 Unauthorized|403 Forbidden|authorization failed/i, 'media-server-refused'],
  [/Connection refused|Failed to resolve|No route to host|Network is unreachable|timed? ?out/i, 'media-server-away'],
  [/503 Service Unavailable|5XX Server Error|already publishing|someone is already|path is already/i, 'path-taken'],
  [/Broken pipe|Connection reset|End of file|Input\/output error/i, 'dropped'],
  [/codec not currently supported|could not find tag|Only .* supported|Unsupported codec/i, 'codec'],
  [/400 Bad Request|404 Not Found|4\d\d |4XX/i, 'media-server-refused'],
];

/** Tools end by these when somebody else ended them: SIGKILL, SIGTERM, and FFmpeg's own status after a signal. */
function wasEndedFromOutside({ signal, exitCode, lines }: ToolEnd): boolean {
  return signal !== null || exitCode === 255 || lines.some((line) => /received signal \d+/.test(line));
}

/**
 * Why a tool that nobody asked to end has ended. Exit codes say little: a camera that closes the connection makes FFmpeg
 * end with 0 and without a word.
 */
export function classifyEnd(end: ToolEnd): RestreamReason {
  const lines = end.lines.map(redact);
  const outAt = lines.findIndex((line) => outputTrouble.test(line));
  const causes = outAt >= 0 ? outputCauses : inputCauses;
  for (const [pattern, reason] of causes) {
    if (lines.some((line) => pattern.test(line))) return { class: reason, message: reasonWords(reason) };
  }
  if (outAt >= 0) return { class: 'dropped', message: `${reasonWords('dropped')}: ${plainLine(lines[outAt] ?? '')}` };
  if (wasEndedFromOutside(end)) return { class: 'killed', message: reasonWords('killed') };
  const last = lines.findLast((line) => /\[(error|fatal)\]/.test(line));
  if (end.exitCode === 0 || last === undefined) return { class: 'ended', message: reasonWords('ended') };
  return { class: 'unknown', message: `FFmpeg ended: ${plainLine(last)}` };
}

/** Why a look at a camera failed, from what the tool said. */
export function classifyProbe(text: string): RestreamReason {
  const said = redact(text);
  const reason = inputCauses.find(([pattern]) => pattern.test(said))?.[1];
  if (reason) return { class: reason, message: reasonWords(reason) };
  const last = said.trim().split('\n').at(-1) ?? '';
  return { class: 'unknown', message: last === '' ? reasonWords('unknown') : `FFmpeg: ${plainLine(last)}` };
}

/** `[rtsp @ 0x5604ae83ef00] [error] method ...` says nothing more with what stands before it. */
function plainLine(line: string): string {
  return line.replace(/^(\[[^\]]*\]\s*)+/, '').slice(0, 300);
}

const words: Record<ReasonClass, string> = {
  refused: 'the camera refuses the connection: it is off, starting, or the port is wrong',
  'no-host': 'the camera can not be reached: no such host, or no way to it',
  'not-found': 'the camera has no stream under this path',
  unauthorised: 'the camera refuses user or password; tried again rarely, so that it does not lock us out',
  timeout: 'the camera does not answer in time, or delivers nothing',
  'no-video': 'the camera delivers no picture',
  codec: 'what the camera delivers can not be sent on as it is: choose to encode it',
  frozen: 'connected, but nothing came any more',
  ended: 'the camera ended the connection',
  'media-server-away': 'the media server does not answer',
  'media-server-refused': 'the media server does not take the stream: login or path',
  'path-taken': 'somebody else publishes under this path',
  dropped: 'the media server ended the connection',
  killed: 'FFmpeg was ended from outside',
  elsewhere: 'another station that shares the list has this camera',
  paused: 'paused by a person',
  tool: 'FFmpeg can not be started',
  invalid: 'an address or a setting can not be used',
  unknown: 'it failed without a reason',
};

/** A class in words. */
export function reasonWords(reason: ReasonClass): string {
  return words[reason];
}

/** The target is at fault, not the camera. */
export function isTargetTrouble(reason: ReasonClass): boolean {
  return ['media-server-away', 'media-server-refused', 'path-taken', 'dropped'].includes(reason);
}

/** The class of an error of our own. */
export function classOf(code: string): ReasonClass {
  if (code === 'INVALID_TARGET' || code === 'SOURCE_INVALID') return 'invalid';
  if (code === 'TOOL_MISSING' || code === 'ENCODER_UNAVAILABLE' || code === 'CAPTURE_SPAWN_FAILED') return 'tool';
  if (code === 'MEDIA_SERVER_AWAY') return 'media-server-away';
  return code === 'MEDIA_SERVER_REFUSED' ? 'media-server-refused' : 'unknown';
}
