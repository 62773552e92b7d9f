import type { CameraFields } from './camera-form.ts';

/** `POST /api/v1/camera-searches`, one device. */
export interface FoundDeviceJson {
  id: string;
  name: string;
  hardware?: string;
  address: string;
}

/** `POST /api/v1/camera-profiles`, one stream. */
export interface StreamProfileJson {
  token: string;
  name: string;
  codec?: string;
  width?: number;
  height?: number;
  framesPerSecond?: number;
  kilobitsPerSecond?: number;
  audioCodec?: string;
  url: string;
  snapshotUrl?: string;
}

export type DeviceAnswerJson =
  | { ok: true; manufacturer?: string; model?: string; profiles: StreamProfileJson[] }
  | { ok: false; reason: string; message: string };

/** `H264 1920x1080, 15 fps, AAC` */
export function profileWords(profile: StreamProfileJson): string {
  const { codec = 'unknown codec', width, height, framesPerSecond, audioCodec } = profile;
  const size = width && height ? ` ${width}x${height}` : '';
  return [`${codec}${size}`, framesPerSecond ? `${framesPerSecond} fps` : '', audioCodec ?? 'no sound']
    .filter((word) => word !== '')
    .join(', ');
}

/** `192.168.1.7` or `192.168.1.7:8080`: what tells two devices of one name apart. */
export function placeWords({ hardware, address }: FoundDeviceJson): string {
  return [hardware, new URL(address).host].filter(Boolean).join(', ');
}

/** What the form of a new camera begins with; the first stream goes by the device's name alone. */
export function draftOf(
  device: { name: string },
  profile: StreamProfileJson,
  login: { user: string; password: string },
): Partial<CameraFields> {
  return { name: device.name, way: 'url', url: profile.url, ...login };
}
