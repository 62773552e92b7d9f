import type { Camera } from '../../core/camera/camera.ts';
import type { ListedCamera } from '../../core/camera-list/listed-camera.ts';

/** Without an answer for so long a network peer counts as gone; FFmpeg takes up to twice as long to say so. */
export const silenceMs = 10_000;

/** A listed camera as the recorder knows cameras: so both are read in the same way. */
export function cameraSource({ id, name, url, options }: ListedCamera): Camera {
  const isRtsp = /^rtsps?:/i.test(url);
  return {
    id,
    name,
    source: isRtsp
      ? { kind: 'rtsp', url, transport: options.transport ?? 'tcp', timeoutMs: silenceMs }
      : { kind: 'url', url, timeoutMs: silenceMs },
    flavor: 'presenter/source',
    profile: { name: 'copy', video: { encoder: 'copy' }, audio: { encoder: 'copy' }, container: 'mp4' },
  };
}
