import type { CameraOptionsJson, ListedCameraJson } from './cameras.ts';

/** What the form of a camera has; empty text is "not given". */
export interface CameraFields {
  name: string;
  way: 'url' | 'make';
  url: string;
  make: string;
  host: string;
  port: string;
  channel: string;
  stream: string;
  user: string;
  password: string;
  hasNoLogin: boolean;
  audio: string;
  transport: string;
  mode: string;
  wallClock: boolean;
}

/** `POST /api/v1/camera-tests` */
export type ProbeJson =
  | { ok: true; tracks: { kind: 'video' | 'audio'; codec: string; width?: number; height?: number }[] }
  | { ok: false; reason: string; message: string };

export function fieldsOf(camera: ListedCameraJson | undefined): CameraFields {
  const { parts = {}, options = {} } = camera ?? {};
  return {
    name: camera?.name ?? '',
    way: camera?.parts ? 'make' : 'url',
    url: camera && !camera.parts ? camera.address : '',
    make: parts.make ?? '',
    host: parts.host ?? '',
    port: parts.port === undefined ? '' : String(parts.port),
    channel: parts.channel ?? '',
    stream: parts.stream ?? '',
    user: '',
    password: '',
    hasNoLogin: false,
    audio: options.audio ?? 'auto',
    transport: options.transport ?? '',
    mode: options.mode ?? '',
    wallClock: options['wallClock'] === true,
  };
}

/** The body for a new camera, or for a change of `before`: what was taken away is null, the login only when it was given. */
export function settingsOf(fields: CameraFields, before: ListedCameraJson | undefined): Record<string, unknown> {
  const cleared = before ? null : undefined;
  const text = (value: string) => value.trim() || cleared;
  const place =
    fields.way === 'url'
      ? { url: fields.url.trim() }
      : {
          make: fields.make,
          host: fields.host.trim(),
          port: fields.port.trim() === '' ? cleared : Number(fields.port),
          channel: text(fields.channel),
          stream: text(fields.stream),
        };
  const login = fields.hasNoLogin
    ? { user: null, password: null }
    : { user: fields.user || undefined, password: fields.password || undefined };
  return given({ name: fields.name.trim(), ...place, ...login, options: optionsOf(fields, before?.options) });
}

/** What the form does not show stays. */
function optionsOf(fields: CameraFields, before: CameraOptionsJson = {}): Record<string, unknown> {
  return given({
    ...before,
    audio: fields.audio === 'auto' ? undefined : fields.audio,
    transport: fields.transport || undefined,
    mode: fields.mode || undefined,
    wallClock: fields.wallClock || undefined,
  });
}

function given(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

export function probeWords(probe: ProbeJson): string {
  if (!probe.ok) return probe.message;
  const tracks = probe.tracks.map(({ codec, width, height }) => (width ? `${codec} ${width}x${height}` : codec));
  const hasSound = probe.tracks.some(({ kind }) => kind === 'audio');
  return `It answers: ${tracks.join(', ')}${hasSound ? '' : ', no sound'}.`;
}
