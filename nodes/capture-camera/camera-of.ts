import type { Camera, CameraSource, CaptureProfile, CommandOutput } from '../core/camera/camera.ts';
import { captureProfileSchema, findProfile, shippedProfiles } from '../core/camera/profile.ts';
import { splitCommand } from '../core/camera/split-command.ts';
import { pathOf } from '../core/camera-list/camera-path.ts';
import { ReelflowError } from '../core/errors.ts';
import { readAs } from '../kit/plain-issue.ts';
import type { CameraConfig } from './config.ts';

/** The camera that a configuration describes. Throws CONFIG_INVALID, which names the field. */
export function cameraOf(
  id: string,
  config: CameraConfig,
  credentials: Readonly<Record<string, string | undefined>>,
): Camera {
  const { user, password } = credentials;
  return {
    id,
    name: config.name,
    source: sourceOf(config),
    ...(user || password ? { secret: { user: user ?? '', password: password ?? '' } } : {}),
    flavor: config.flavor,
    profile: profileOf(config),
  };
}

function sourceOf(config: CameraConfig): CameraSource {
  const timeoutMs = config.timeoutSeconds * 1000;
  const size = { width: config.sourceWidth ?? 1280, height: config.sourceHeight ?? 720 };
  const { audioSystem, audioDevice, kind } = config;
  const audio = audioSystem === 'none' ? undefined : { system: audioSystem, device: audioDevice };
  switch (kind) {
    case 'test':
      return { kind, ...size, frameRate: config.sourceFrameRate ?? 25, hasAudio: config.hasAudio };
    case 'rtsp':
      return { kind, url: config.url, transport: config.transport, timeoutMs };
    case 'url':
      return { kind, url: config.url, timeoutMs };
    case 'v4l2':
      return {
        kind,
        device: config.device,
        ...(config.sourceWidth && config.sourceHeight ? size : {}),
        ...(config.sourceFrameRate ? { frameRate: config.sourceFrameRate } : {}),
        ...(config.inputFormat ? { inputFormat: config.inputFormat } : {}),
        ...(audio ? { audio } : {}),
      };
    case 'audio':
      return { kind, system: audioSystem === 'pulse' ? 'pulse' : 'alsa', device: audioDevice };
    case 'file':
      return { kind, path: config.path, isLooped: config.isLooped };
    case 'rpicam':
      return {
        kind,
        camera: config.cameraNumber,
        ...size,
        frameRate: config.sourceFrameRate ?? 30,
        ...(audio ? { audio } : {}),
      };
    case 'restream':
      return { kind, camera: pathOf(config.restreamed) };
    case 'command':
      return { kind, argv: splitCommand(config.command), outputs: outputsOf(config) };
  }
}

/** One a line: a path, and its flavor where it differs from the camera's. */
function outputsOf({ outputs, flavor }: CameraConfig): CommandOutput[] {
  return outputs
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [path = '', own] = line.replace(/^\{\{dir\}\}\//, '').split(/\s+/);
      if (path.startsWith('/') || path.split('/').includes('..')) {
        throw new ReelflowError('CONFIG_INVALID', `outputs: "${line}" must lie in {{dir}}`, { field: 'outputs' });
      }
      return { path, flavor: own ?? flavor };
    });
}

/** The named profile with the fields of the form over it. */
function profileOf(config: CameraConfig): CaptureProfile {
  const base = findProfile(config.profile);
  if (!base) {
    const known = shippedProfiles.map(({ name }) => name).join(', ');
    throw new ReelflowError('CONFIG_INVALID', `profile: "${config.profile}" is not known; there are ${known}`, {
      field: 'profile',
    });
  }
  const [cropWidth, cropHeight, x, y] = config.crop === '' ? [] : config.crop.split(':').map(Number);
  const given = {
    bitRateKbps: config.bitRateKbps,
    width: config.width,
    height: config.height,
    frameRate: config.frameRate,
    keyFrameIntervalSeconds: config.keyFrameIntervalSeconds,
    isDeinterlaced: config.isDeinterlaced || undefined,
    hasTimeOverlay: config.hasTimeOverlay || undefined,
    crop: config.crop === '' ? undefined : { width: cropWidth, height: cropHeight, x, y },
  };
  const profile = {
    ...base,
    video: { ...base.video, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) },
    audio: config.audioEncoder === '' ? base.audio : { encoder: config.audioEncoder },
    container: config.container === '' ? base.container : config.container,
  };
  return readAs(captureProfileSchema, profile, 'CONFIG_INVALID', ['profile']);
}
