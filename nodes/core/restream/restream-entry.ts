import type { ListedCamera } from '../camera-list/listed-camera.ts';
import type { ProbeResult } from '../camera-list/probe-result.ts';
import { redact } from '../redact.ts';
import type { CameraSupervisor } from './camera-supervisor.ts';
import { reasonWords } from './failure.ts';
import type { CameraHistory } from './history.ts';
import type { KeptCamera, RestreamSettings } from './ports.ts';
import type { RestreamState, RestreamView } from './restream.ts';

/** One camera of the service: what is wanted of it, and who sees to it. */
export interface RestreamEntry {
  readonly path: string;
  settings: RestreamSettings;
  camera: ListedCamera;
  probe?: ProbeResult | undefined;
  /** By a person; undefined: as the list says. */
  paused: boolean | undefined;
  isOurs: boolean;
  history: CameraHistory;
  supervisor: CameraSupervisor | undefined;
  stoppedSince: number;
  /** Settles when the last supervisor has ended: the next one begins after it. */
  ended: Promise<void>;
  /** Last state that listeners have heard of. */
  told: RestreamState | undefined;
}

export function isPaused({ paused, camera }: RestreamEntry): boolean {
  return paused ?? camera.options.isPaused ?? false;
}

/** All that decides how it is restreamed: when this changes, it is begun anew. */
export function fingerprint({ camera, settings }: Pick<RestreamEntry, 'camera' | 'settings'>): string {
  const { isPaused: _paused, ...options } = camera.options;
  const { name: _name, alarmAfterMs: _alarm, stallMs: _stall, ...decisive } = settings;
  const sorted = Object.fromEntries(Object.entries(options).sort(([a], [b]) => a.localeCompare(b)));
  return JSON.stringify([camera.url, sorted, decisive]);
}

export function keptOf({ path, settings, camera, paused, isOurs }: RestreamEntry): KeptCamera {
  return { path, settings, camera, ...(paused === undefined ? {} : { paused }), isOurs };
}

export function viewOf(entry: RestreamEntry, now: number): RestreamView {
  const { supervisor, history, path, camera, settings } = entry;
  const figures = history.perHour(now);
  const about = { camera: path, id: camera.id, name: camera.name, nodeId: settings.nodeId };
  const rest = { isPaused: isPaused(entry), outages: history.outages(now) };
  if (!supervisor) {
    const reason = { class: 'paused', message: reasonWords('paused') } as const;
    return { ...about, state: 'stopped', since: entry.stoppedSince, reason, figures, ...rest };
  }
  const { target, rates, uptimeMs, ...running } = supervisor.view;
  return {
    ...about,
    ...running,
    ...(target ? { mode: target.kind } : {}),
    ...(target && target.kind !== 'embedded' ? { target: redact(target.url) } : {}),
    figures: { ...figures, ...rates, ...(uptimeMs === undefined ? {} : { uptimeMs }) },
    ...rest,
  };
}
