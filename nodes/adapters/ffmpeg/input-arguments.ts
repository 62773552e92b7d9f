import type { Camera, CameraSource, CaptureProfile } from '../../core/camera/camera.ts';
import { ReelflowError } from '../../core/errors.ts';
import { rpicamArguments } from './rpicam.ts';
import { sourceUrl } from './source-url.ts';
import { isAtLeast, type ToolFacts } from './tool-facts.ts';

/** How FFmpeg reads a source. */
export interface InputPlan {
  argv: string[];
  /** Where its streams are, for -map; undefined when the source has none. Audio may still be missing: map it with `?`. */
  video?: string;
  audio?: string;
  /**
   * Text for file descriptor 3, which `argv` then names as its input: URLs with passwords go this way, because
   * everybody on the machine can read the command line of every process.
   */
  list?: string;
  /** A tool whose standard output is FFmpeg's standard input. */
  feeder?: { command: string; argv: string[] };
  /** Comes from a device or a network in its own time: sound and picture clocks may drift. */
  isLive: boolean;
  /** Already compressed, so that it can be copied, and decoded by key frames only. */
  isCompressed: boolean;
}

/** Enough for a second of uncompressed pictures of two devices that are read side by side. */
const queue = ['-thread_queue_size', '512'];

/** Throws SOURCE_INVALID. Not for sources of the kind `command`: those bring their own tool. */
export function inputPlan(camera: Camera, profile: CaptureProfile, facts: ToolFacts): InputPlan {
  const { source } = camera;
  switch (source.kind) {
    case 'test':
      return testInput(source, facts);
    case 'rtsp':
    case 'url':
      return urlInput(camera, facts);
    case 'v4l2':
      return deviceInput(source, facts);
    case 'audio':
      return { argv: audioDevice(source), audio: '0:a:0', isLive: true, isCompressed: false };
    case 'file':
      return {
        argv: [...(source.isLooped ? ['-stream_loop', '-1'] : []), '-re', '-i', `file:${source.path}`],
        video: '0:v:0',
        audio: '0:a:0',
        isLive: false,
        isCompressed: true,
      };
    case 'rpicam':
      return {
        // A transport stream may announce tracks at any time, and FFmpeg waits 5 s for them: here all begin at once.
        argv: [...quickProbe, '-analyzeduration', '500000', '-f', 'mpegts', '-i', 'pipe:0'],
        video: '0:v:0',
        ...(source.audio ? { audio: '0:a:0' } : {}),
        feeder: { command: 'rpicam-vid', argv: rpicamArguments(source, profile) },
        isLive: true,
        isCompressed: true,
      };
    case 'command':
    case 'restream':
      throw new ReelflowError('SOURCE_INVALID', `a source of kind ${source.kind} has no FFmpeg input of its own`, {
        field: 'source',
      });
  }
}

/**
 * Finding out the frame rate is what takes long (1.3 s instead of 0.5 s for an RTSP camera), and nothing needs it. Not
 * `nobuffer`: it throws away what was read while probing, the first key frame among it.
 */
const quickProbe = ['-fpsprobesize', '0'];

function urlInput(camera: Camera, facts: ToolFacts): InputPlan {
  return addressInput(camera, facts, []);
}

/**
 * How FFmpeg reads a source that has an address. `more`: further options of the demuxer, in pairs of option and value;
 * they count over ours. Throws SOURCE_INVALID.
 */
export function addressInput(camera: Camera, facts: ToolFacts, more: readonly string[]): InputPlan {
  const { url, scheme, isSecret } = sourceUrl(camera);
  const options = [...quickProbe, ...urlOptions(camera.source, scheme, url, facts), ...more];
  const plan = { video: '0:v:0', audio: '0:a:0', isLive: true, isCompressed: true };
  if (!isSecret) return { ...plan, argv: [...options, '-i', url] };
  return {
    ...plan,
    argv: ['-f', 'concat', '-safe', '0', '-protocol_whitelist', protocols, ...quickProbe, '-i', 'pipe:3'],
    list: inputList(url, options, camera.source, facts),
  };
}

const protocols = 'pipe,crypto,data,http,https,httpproxy,tls,tcp,udp,rtp,rtsp,rtmp,rtmps,srt';

/** The concat demuxer takes URL and options from a list, and hands on the packets as they are. */
function inputList(url: string, options: readonly string[], source: CameraSource, facts: ToolFacts): string {
  const lines = ['ffconcat version 1.0'];
  if (isAtLeast(facts, 59)) {
    lines.push(`file '${quoted(url)}'`);
    for (let at = 0; at < options.length; at += 2) lines.push(optionLine(options[at], options[at + 1]));
  } else {
    // FFmpeg 4 has no options in lists. RTSP takes its transport from the query, too; a camera that falls silent is
    // then left to the recorder, which sees that nothing comes any more.
    const isTcp = source.kind === 'rtsp' && source.transport === 'tcp';
    lines.push(`file '${quoted(isTcp ? `${url}${url.includes('?') ? '&' : '?'}tcp` : url)}'`);
  }
  return `${lines.join('\n')}\n`;
}

/** Only what holds a space or a quote needs quotes. */
function optionLine(option = '', value = ''): string {
  const word = /^[\w.,:+=%@/-]*$/.test(value) ? value : `'${quoted(value)}'`;
  return `option ${option.slice(1)} ${word}`;
}

function quoted(url: string): string {
  return url.replaceAll("'", "'\\''");
}

/** Pairs of option and value. Timeouts in microseconds: without one a silent peer holds the tool for ever. */
function urlOptions(source: CameraSource, scheme: string, url: string, facts: ToolFacts): string[] {
  if (source.kind === 'rtsp') {
    const timeout = isAtLeast(facts, 59) ? '-timeout' : '-stimeout';
    return ['-rtsp_transport', source.transport, timeout, micros(source.timeoutMs)];
  }
  if (source.kind !== 'url') return [];
  if (scheme === 'udp' || scheme === 'rtp') return ['-timeout', micros(source.timeoutMs)];
  const waits = ['-rw_timeout', micros(source.timeoutMs)];
  // HLS brings its own reloading; reconnecting would read each segment again and again.
  if (!scheme.startsWith('http') || /\.m3u8?($|\?)/i.test(url)) return waits;
  return [...waits, '-reconnect', '1', '-reconnect_streamed', '1', '-reconnect_delay_max', '5'];
}

function testInput(source: Extract<CameraSource, { kind: 'test' }>, facts: ToolFacts): InputPlan {
  const clock = facts.canDrawText
    ? ',drawtext=text=%{localtime}:fontsize=h/14:x=(w-tw)/2:y=h-2*th:fontcolor=white:box=1:boxcolor=black@0.6:boxborderw=6'
    : '';
  const picture = `testsrc2=size=${source.width}x${source.height}:rate=${source.frameRate}${clock}[out0]`;
  // 100 ms of 1 kHz at the begin of each second: seen and heard together.
  const beep = "aevalsrc=exprs='0.25*sin(2*PI*1000*t)*lt(mod(t,1),0.1)':sample_rate=48000[out1]";
  return {
    argv: ['-re', '-f', 'lavfi', '-i', source.hasAudio ? `${picture};${beep}` : picture],
    video: '0:v:0',
    ...(source.hasAudio ? { audio: '0:a:0' } : {}),
    isLive: false,
    isCompressed: false,
  };
}

function deviceInput(source: Extract<CameraSource, { kind: 'v4l2' }>, facts: ToolFacts): InputPlan {
  const format = source.inputFormat ? ['-input_format', source.inputFormat] : [];
  const size = source.width && source.height ? ['-video_size', `${source.width}x${source.height}`] : [];
  const rate = source.frameRate ? ['-framerate', String(source.frameRate)] : [];
  // Both devices are stamped with wall clock time; -isync keeps the distance between their first samples.
  const video = [...queue, '-f', 'v4l2', '-ts', 'abs', ...format, ...size, ...rate, '-i', source.device];
  const sync = isAtLeast(facts, 59, 27) ? ['-isync', '0'] : [];
  return {
    argv: source.audio ? [...video, ...sync, ...audioDevice(source.audio)] : video,
    video: '0:v:0',
    ...(source.audio ? { audio: '1:a:0' } : {}),
    isLive: true,
    isCompressed: ['h264', 'hevc', 'mjpeg'].includes(source.inputFormat ?? ''),
  };
}

function audioDevice(audio: { system: 'alsa' | 'pulse'; device: string }): string[] {
  return [...queue, '-f', audio.system, '-i', audio.device];
}

function micros(milliseconds: number): string {
  return String(Math.round(milliseconds * 1000));
}
