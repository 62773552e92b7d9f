import type { CameraSource, CaptureProfile } from '../../core/camera/camera.ts';
import { defaultKeyFrameSeconds } from '../../core/camera/profile.ts';

type RpicamSource = Extract<CameraSource, { kind: 'rpicam' }>;

/**
 * rpicam-vid that writes an MPEG transport stream to its standard output. Through libav, not as raw H.264: only a
 * container carries the camera's own times; raw H.264 would be stamped on arrival, and dropped frames would shorten the
 * recording. Sound is taken by rpicam-vid as well, which keeps it in step. (rpicam-apps, encoder/libav_encoder.cpp)
 */
export function rpicamArguments(source: RpicamSource, profile: CaptureProfile): string[] {
  const seconds = profile.video.keyFrameIntervalSeconds ?? defaultKeyFrameSeconds;
  const kbps = encodesInCamera(profile) ? (profile.video.bitRateKbps ?? 4000) : 20_000;
  const audio = source.audio
    ? [
        '--libav-audio',
        '--audio-source',
        source.audio.system,
        '--audio-device',
        source.audio.device,
        '--audio-codec',
        'aac',
      ]
    : [];
  // The sensor's own scaler is better and cheaper than a second encoding for a profile of another size.
  const { width = source.width, height = source.height } = profile.video;
  const frameRate = profile.video.frameRate ?? source.frameRate;
  return [
    ['--timeout', '0', '--nopreview', '--camera', String(source.camera)],
    ['--width', String(width), '--height', String(height), '--framerate', String(frameRate)],
    ['--codec', 'libav', '--libav-format', 'mpegts', '--bitrate', String(kbps * 1000)],
    ['--intra', String(Math.max(1, Math.round(frameRate * seconds)))],
    ...audio,
    ['--output', '-'],
  ].flat();
}

/**
 * The camera tool makes H.264 anyway, in hardware where there is some: a profile that only wants H.264 copies it. One
 * that draws on the picture encodes it a second time, from a good first one.
 */
export function encodesInCamera({ video }: CaptureProfile): boolean {
  if (video.encoder === 'copy') return true;
  return video.encoder.startsWith('h264') && !video.crop && !video.hasTimeOverlay && !video.isDeinterlaced;
}
