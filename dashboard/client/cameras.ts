/** `GET /api/v1/restreams`, one camera. Times ISO 8601. */
export interface RestreamJson {
  id: string;
  /** Its name in addresses and topics. */
  camera: string;
  name: string;
  state: RestreamStateName;
  since: string;
  reason?: { class: string; message: string };
  nextTryAt?: string;
  mode?: 'push' | 'pull' | 'embedded';
  target?: string;
  isPaused: boolean;
  tracks?: { kind: 'video' | 'audio'; codec: string; width?: number; height?: number }[];
  figures: {
    kilobitsPerSecond?: number;
    framesPerSecond?: number;
    reconnectsPerHour: number;
    stallsPerHour: number;
    uptimeMs?: number;
  };
  outages: { start: string; end?: string; class: string; message: string }[];
  live: { playlistUrl: string; stillUrl: string; streamUrl: string };
}

export type RestreamStateName = 'probing' | 'unreachable' | 'starting' | 'live' | 'stalled' | 'stopped';

/** `GET /api/v1/cameras`, one camera. */
export interface ListedCameraJson {
  id: string;
  path: string;
  name: string;
  address: string;
  hasSecret: boolean;
  listId: string;
  isOwn: boolean;
  options: CameraOptionsJson;
  parts?: { make?: string; host?: string; port?: number; channel?: string; stream?: string };
}

export interface CameraOptionsJson {
  transport?: 'tcp' | 'udp';
  audio?: 'auto' | 'copy' | 'aac' | 'opus' | 'silent' | 'none';
  video?: 'copy' | 'h264';
  mode?: 'auto' | 'ffmpeg' | 'pull';
  [option: string]: unknown;
}

export interface CameraListJson {
  id: string;
  name: string;
  kind: 'database' | 'file' | 'own' | 'message';
  cameraCount: number;
  lastGoodAt: string | null;
  lastError?: { code: string; message: string; at: string };
  problems: { row: string; field?: string; message: string }[];
}

/** One tile of the wall: a camera of a list, a restream, or (nearly always) both. */
export interface WallCamera {
  path: string;
  name: string;
  listed: ListedCameraJson | undefined;
  restream: RestreamJson | undefined;
}

/** By name; a camera whose restream has not begun yet is there too. */
export function wallOf(listed: readonly ListedCameraJson[], restreams: readonly RestreamJson[]): WallCamera[] {
  const cameras = new Map<string, WallCamera>();
  for (const one of listed) {
    cameras.set(one.path, { path: one.path, name: one.name, listed: one, restream: undefined });
  }
  for (const one of restreams) {
    const known = cameras.get(one.camera);
    cameras.set(one.camera, { path: one.camera, name: one.name, listed: known?.listed, restream: one });
  }
  const order = new Intl.Collator(undefined, { numeric: true });
  return [...cameras.values()].sort((a, b) => order.compare(a.name, b.name));
}

export interface CameraLook {
  word: string;
  tone: 'good' | 'busy' | 'bad' | 'warn' | 'idle';
  icon: string;
}

const looks: Record<RestreamStateName, CameraLook> = {
  live: { word: 'Live', tone: 'good', icon: 'mdi-video' },
  probing: { word: 'Looking', tone: 'busy', icon: 'mdi-magnify' },
  starting: { word: 'Starting', tone: 'busy', icon: 'mdi-progress-clock' },
  stalled: { word: 'Frozen', tone: 'bad', icon: 'mdi-snowflake-alert' },
  unreachable: { word: 'Away', tone: 'bad', icon: 'mdi-video-off' },
  stopped: { word: 'Stopped', tone: 'idle', icon: 'mdi-stop-circle-outline' },
};

/** In words, not only in colour. */
export function lookOf({ restream }: WallCamera): CameraLook {
  if (!restream) return { word: 'Not restreamed', tone: 'warn', icon: 'mdi-video-outline' };
  if (restream.isPaused) return { word: 'Paused', tone: 'idle', icon: 'mdi-pause-circle' };
  return looks[restream.state];
}

export interface WallFilter {
  id: 'all' | 'live' | 'trouble' | 'paused';
  word: string;
  matches(camera: WallCamera): boolean;
}

export const wallFilters: readonly WallFilter[] = [
  { id: 'all', word: 'All', matches: () => true },
  { id: 'live', word: 'Live', matches: ({ restream }) => restream?.state === 'live' },
  { id: 'trouble', word: 'Not live', matches: (camera) => ['bad', 'busy', 'warn'].includes(lookOf(camera).tone) },
  { id: 'paused', word: 'Paused', matches: ({ restream }) => restream?.state === 'stopped' },
];

/** Every word must be found in name, path, address or reason. */
export function matchesSearch({ name, path, listed, restream }: WallCamera, search: string): boolean {
  const text = [name, path, listed?.address, restream?.reason?.message].join(' ').toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

export interface OutageBar {
  /** 0..1 of the stretch. */
  left: number;
  width: number;
  start: number;
  end: number | undefined;
  message: string;
}

const dayMs = 24 * 3_600_000;
const leastWidth = 0.003;

/** The outages of the last day as bars; a short one stays visible. */
export function outageBars(outages: RestreamJson['outages'], now: number): OutageBar[] {
  const from = now - dayMs;
  return outages.flatMap(({ start, end, message }) => {
    const begin = Date.parse(start);
    const stop = end === undefined ? undefined : Date.parse(end);
    if ((stop ?? now) <= from) return [];
    const left = Math.min(1 - leastWidth, Math.max(0, (begin - from) / dayMs));
    const width = Math.min(1 - left, Math.max(leastWidth, ((stop ?? now) - from) / dayMs - left));
    return [{ left, width, start: begin, end: stop, message }];
  });
}

export function bitRate(kilobitsPerSecond: number | undefined): string {
  if (kilobitsPerSecond === undefined) return '';
  return kilobitsPerSecond < 1000 ? `${kilobitsPerSecond} kbit/s` : `${(kilobitsPerSecond / 1000).toFixed(1)} Mbit/s`;
}
