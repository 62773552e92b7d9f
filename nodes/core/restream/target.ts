import type { ListedCamera } from '../camera-list/listed-camera.ts';
import type { ProbeResult } from '../camera-list/probe-result.ts';
import { ReelflowError } from '../errors.ts';

/** Where a restream goes. */
export type RestreamTarget =
  /** `url` may carry a login. `format` is FFmpeg's name of the muxer. */
  | { kind: 'push'; url: string; format: 'rtsp' | 'flv' | 'mpegts' }
  /** `path` of the media server; viewers and recorders read at `url`. */
  | { kind: 'pull'; path: string; url: string }
  | { kind: 'embedded' };

export interface TargetSettings {
  /** Of the node: an address, `{path}` in it stands for the camera's path; '' for the media server of the station. */
  target: string;
  mode: 'auto' | 'ffmpeg' | 'pull';
}

export interface MediaServerPlace {
  /** REELFLOW_MEDIA_SERVER */
  url?: string | undefined;
  /** REELFLOW_MEDIA_SERVER_API */
  apiUrl?: string | undefined;
}

const formats: Record<string, 'rtsp' | 'flv' | 'mpegts'> = {
  rtsp: 'rtsp',
  rtsps: 'rtsp',
  rtmp: 'flv',
  rtmps: 'flv',
  srt: 'mpegts',
};

/**
 * Where a camera is sent: its own target, that of the node, the media server of the station, and without any of them
 * this station serves it itself. Throws INVALID_TARGET.
 *
 * @param mayPull false once a camera has failed too often when the media server fetched it
 */
export function targetOf(
  camera: ListedCamera,
  path: string,
  settings: TargetSettings,
  server: MediaServerPlace,
  probe: ProbeResult | undefined,
  mayPull: boolean,
): RestreamTarget {
  const own = camera.options.target ?? (settings.target === '' ? undefined : withPath(settings.target, path));
  const mode = camera.options.mode ?? settings.mode;
  if (own !== undefined) {
    if (mode === 'pull') throw invalid('mode', 'the media server can only fetch cameras for paths of its own');
    return push(own);
  }
  if (server.url === undefined) {
    if (mode === 'pull') throw invalid('mode', '"pull" needs REELFLOW_MEDIA_SERVER and REELFLOW_MEDIA_SERVER_API');
    return { kind: 'embedded' };
  }
  const url = withPath(server.url, path);
  if (mode === 'ffmpeg') return push(url);
  if (server.apiUrl === undefined) {
    if (mode === 'pull') throw invalid('mode', '"pull" needs REELFLOW_MEDIA_SERVER_API');
    return push(url);
  }
  if (mode === 'auto' && (!mayPull || !isCopyEnough(camera, probe))) return push(url);
  return { kind: 'pull', path: new URL(url).pathname.replace(/^\/+/, ''), url };
}

/** The media server hands on what comes, and no more: nothing encoded, added or sped up. */
function isCopyEnough({ url, options }: ListedCamera, probe: ProbeResult | undefined): boolean {
  const { audio = 'auto', video = 'copy', wallClock = false, extraInput, extraOutput, recordLoop } = options;
  const { width, height, frameRate, bitRateKbps } = options;
  const video0 = probe?.ok ? probe.tracks.find((track) => track.kind === 'video') : undefined;
  return (
    /^(rtsps?|rtmps?|srt):/i.test(url) &&
    ['auto', 'copy'].includes(audio) &&
    video === 'copy' &&
    [width, height, frameRate, bitRateKbps].every((value) => value === undefined) &&
    !wallClock &&
    !extraInput?.length &&
    !extraOutput?.length &&
    recordLoop === undefined &&
    (video0 === undefined || ['h264', 'hevc', 'av1', 'vp9'].includes(video0.codec))
  );
}

/** `rtsp://host:8554/prefix` and `cam1` make `rtsp://host:8554/prefix/cam1`; `{path}` puts it elsewhere. */
export function withPath(address: string, path: string): string {
  if (address.includes('{path}')) return address.replaceAll('{path}', path);
  const [place = '', query] = address.split(/(?=\?)/);
  return `${place.replace(/\/+$/, '')}/${path}${query ?? ''}`;
}

function push(url: string): RestreamTarget {
  const scheme = /^([a-z]+):/i.exec(url)?.[1]?.toLowerCase() ?? '';
  const format = formats[scheme];
  if (!format || !URL.canParse(url)) {
    throw invalid('target', `the target must be an address that begins with ${Object.keys(formats).join('://, ')}://`);
  }
  return { kind: 'push', url, format };
}

function invalid(field: string, message: string): ReelflowError {
  return new ReelflowError('INVALID_TARGET', message, { field });
}

const ports: Record<string, number> = {
  'rtsp:': 554,
  'rtsps:': 322,
  'rtmp:': 1935,
  'rtmps:': 443,
  'http:': 80,
  'https:': 443,
};

/** Where a TCP connection for an address goes; undefined for what does not use TCP. */
export function placeOf(address: string): { host: string; port: number } | undefined {
  if (!URL.canParse(address)) return undefined;
  const { protocol, hostname, port } = new URL(address);
  const known = ports[protocol];
  if (known === undefined) return undefined;
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? known : Number(port) };
}
