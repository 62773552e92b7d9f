import type { Camera, CameraSource } from '../core/camera/camera.ts';
import type { Station } from '../core/station.ts';

/** A camera as the interface shows it: no user name, no password, no token. */
export function inputJson(camera: Camera, station: Station) {
  const capturing = station.recordings
    .progress()
    .filter((progress) => progress.input === camera.name)
    .map((progress) => progress.recordingId);
  return {
    id: camera.id,
    name: camera.name,
    kind: camera.source.kind,
    flavor: camera.flavor,
    profile: camera.profile.name,
    address: addressOf(camera.source),
    isCapturing: capturing.length > 0,
    recordingIds: capturing,
    preview: {
      stillUrl: `/preview/${encodeURIComponent(camera.name)}.jpg`,
      streamUrl: `/preview/${encodeURIComponent(camera.name)}.mjpeg`,
    },
  };
}

/** Where the pictures come from; undefined for sources without an address. */
function addressOf(source: CameraSource): string | undefined {
  if (source.kind === 'rtsp' || source.kind === 'url') return withoutSecrets(source.url);
  if (source.kind === 'v4l2' || source.kind === 'audio') return source.device;
  return undefined;
}

/**
 * Removes user and password, and the query: cameras and streams take passwords, passphrases (SRT) and tokens there.
 * A password may hold `/`, `?` or `@` that nobody encoded, so everything up to the last `@` goes.
 */
export function withoutSecrets(address: string): string {
  const match = /^([a-z][a-z0-9+.-]*:\/\/)(?:.*@)?([^?#]*)(\?)?/is.exec(address);
  if (!match) return '…';
  const [, scheme = '', rest = '', query] = match;
  return `${scheme}${rest}${query === undefined ? '' : '?…'}`;
}
