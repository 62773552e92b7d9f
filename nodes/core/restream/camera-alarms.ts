import type { Alarms } from '../alarms/alarms.ts';
import type { RestreamView } from './restream.ts';

/** One alarm for a camera that has not been live for too long. A media server that is away has an alarm of its own. */
export class CameraAlarms {
  readonly #alarms: Alarms;
  readonly #raised = new Set<string>();

  constructor(alarms: Alarms) {
    this.#alarms = alarms;
  }

  see({ camera, name, state, reason, outages }: RestreamView, afterMs: number, now: number): void {
    const since = outages.at(-1);
    const isDown = since !== undefined && since.end === undefined && state !== 'live' && state !== 'stopped';
    if (!isDown || reason?.class === 'media-server-away') {
      this.forget(camera);
      return;
    }
    if (now - since.start < afterMs || this.#raised.has(camera)) return;
    this.#raised.add(camera);
    const minutes = Math.max(1, Math.round((now - since.start) / 60_000));
    this.#alarms.raise(keyOf(camera), {
      severity: 'error',
      code: 'CAMERA_NOT_LIVE',
      message: `camera "${name}" has not been live for ${minutes} min: ${reason?.message ?? since.message}`,
    });
  }

  forget(camera: string): void {
    if (this.#raised.delete(camera)) this.#alarms.clear(keyOf(camera));
  }

  /** @param trouble what keeps leases from being kept; the cameras go on */
  seeLeases(trouble: string | undefined): void {
    if (trouble === undefined) {
      this.#alarms.clear('restream-leases');
      return;
    }
    const message = `who restreams which camera can not be agreed on: ${trouble}; streams go on`;
    this.#alarms.raise('restream-leases', { severity: 'warning', code: 'LEASES_AWAY', message });
  }
}

function keyOf(camera: string): string {
  return `camera-not-live:${camera}`;
}
