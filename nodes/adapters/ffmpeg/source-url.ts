import type { Camera } from '../../core/camera/camera.ts';
import { ReelflowError } from '../../core/errors.ts';
import { hasSecretQuery } from '../../core/redact.ts';

const urlSchemes = ['http', 'https', 'rtmp', 'rtmps', 'srt', 'udp', 'rtp', 'tcp', 'rtsp', 'rtsps'];
const rtspSchemes = ['rtsp', 'rtsps'];

export interface SourceUrl {
  url: string;
  scheme: string;
  /** It opens a door: it must not stand where other users of the machine can read it. */
  isSecret: boolean;
}

/** The URL that FFmpeg opens, with user and password in it. Throws SOURCE_INVALID. */
export function sourceUrl(camera: Camera): SourceUrl {
  const { source, secret } = camera;
  if (source.kind !== 'rtsp' && source.kind !== 'url')
    throw new TypeError(`a source of kind ${source.kind} has no URL`);
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^\s]+)$/i.exec(source.url);
  const allowed = source.kind === 'rtsp' ? rtspSchemes : urlSchemes;
  const scheme = match?.[1]?.toLowerCase();
  if (!match || !scheme || !allowed.includes(scheme)) {
    throw new ReelflowError(
      'SOURCE_INVALID',
      `the URL of camera "${camera.name}" must begin with ${allowed.map((name) => `${name}://`).join(', ')}`,
      { field: 'url' },
    );
  }
  const rest = match[2] as string;
  const hasUser = /^[^/?]*@/.test(rest);
  if (!secret || hasUser) return { url: source.url, scheme, isSecret: hasUser || hasSecretQuery(source.url) };
  const login = `${encodeLogin(secret.user)}:${encodeLogin(secret.password)}`;
  return { url: `${scheme}://${login}@${rest}`, scheme, isSecret: true };
}

/** encodeURIComponent leaves `'` and a few others, which would end a quoted string of the input list. */
function encodeLogin(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
