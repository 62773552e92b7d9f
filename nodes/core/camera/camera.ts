/**
 * Where pictures and sound come from. One kind, one shape; what FFmpeg needs is made of it in adapters/ffmpeg.
 * Passwords are kept apart (`secret`) and never leave the process but to the capture tool.
 */
export type CameraSource =
  | { kind: 'test'; width: number; height: number; frameRate: number; hasAudio: boolean }
  | { kind: 'rtsp'; url: string; transport: 'tcp' | 'udp'; timeoutMs: number }
  /** HTTP, HLS, MPEG-TS over UDP, SRT, RTMP: anything FFmpeg opens by URL. */
  | { kind: 'url'; url: string; timeoutMs: number }
  | {
      kind: 'v4l2';
      device: string;
      width?: number;
      height?: number;
      frameRate?: number;
      inputFormat?: string;
      audio?: { system: 'alsa' | 'pulse'; device: string };
    }
  | { kind: 'audio'; system: 'alsa' | 'pulse'; device: string }
  | { kind: 'file'; path: string; isLooped: boolean }
  | {
      kind: 'rpicam';
      camera: number;
      width: number;
      height: number;
      frameRate: number;
      audio?: { system: 'alsa' | 'pulse'; device: string };
    }
  /** A camera that is restreamed here, by its path: read from where it is sent to, so that it has one connection only. */
  | { kind: 'restream'; camera: string }
  /** argv of the user's own tool with {{time}} {{dir}} {{name}} {{previewdir}}; it writes its own files. */
  | { kind: 'command'; argv: string[]; outputs: CommandOutput[] };

/** A file that a user's own capture tool writes, relative to {{dir}}. */
export interface CommandOutput {
  path: string;
  flavor: string;
}

export interface Camera {
  /** Node id of the config node; stable over deploys. */
  id: string;
  /** What people, events (`inputs`) and MQTT topics call it: `[A-Za-z0-9_-]+`, unique in a station. */
  name: string;
  source: CameraSource;
  /** User and password for URLs; never shown. */
  secret?: { user: string; password: string };
  /** Opencast flavor of what it records, e.g. `presenter/source`. */
  flavor: string;
  profile: CaptureProfile;
  /** True when two processes can not read it at once (V4L2, ALSA, rpicam). Derived by `isExclusive(source)`. */
}

/** How a track is encoded. Data, not code: see nodes/core/camera/profile.ts for the shipped ones. */
export interface CaptureProfile {
  name: string;
  video: VideoProfile;
  audio: AudioProfile;
  /** Container of the finished file; while recording it is always fragmented MP4. */
  container: 'mp4' | 'mkv' | 'webm';
}

export type VideoEncoder = 'copy' | 'h264' | 'h264-vaapi' | 'h264-v4l2m2m' | 'h264-qsv' | 'h264-nvenc' | 'vp9' | 'none';

export interface VideoProfile {
  encoder: VideoEncoder;
  bitRateKbps?: number;
  /** Constant quality where no bit rate is given (x264 CRF). */
  quality?: number;
  width?: number;
  height?: number;
  frameRate?: number;
  /** Seconds between key frames when encoding. */
  keyFrameIntervalSeconds?: number;
  isDeinterlaced?: boolean;
  crop?: { width: number; height: number; x: number; y: number };
  hasTimeOverlay?: boolean;
}

export interface AudioProfile {
  encoder: 'copy' | 'aac' | 'opus' | 'flac' | 'none';
  bitRateKbps?: number;
}

/** Two processes can not read these at once. */
export function isExclusive(source: CameraSource): boolean {
  return source.kind === 'v4l2' || source.kind === 'audio' || source.kind === 'rpicam' || source.kind === 'command';
}
