import type { CameraRegistry } from '../camera/camera-registry.ts';
import type { Previews } from '../camera/previews.ts';
import { ReelflowError } from '../errors.ts';
import type { Clock, Dispose } from '../time/clock.ts';
import type { InstantLoop } from '../time/instant-loop.ts';
import type { MessageBus } from './message-bus.ts';
import type { AgentTopics } from './topics.ts';

export interface PreviewSurroundings {
  cameras: CameraRegistry;
  previews: Previews;
  bus: MessageBus;
  topics: AgentTopics;
  clock: Clock;
  loop: Pick<InstantLoop, 'after'>;
}

const mostCameras = 32;
const largestBytes = 1024 * 1024;

/** Pictures over the bus, only while somebody asked for them: each `preview/start` holds for a while. */
export class PreviewBroadcast {
  readonly #around: PreviewSurroundings;
  readonly #running = new Map<string, Dispose>();

  constructor(around: PreviewSurroundings) {
    this.#around = around;
  }

  /**
   * Publishes at most one JPEG each `everyMs` for `durationMs`; again for the same camera begins anew.
   * Returns the camera's name. Throws CAMERA_UNKNOWN, TOO_MANY_PREVIEWS.
   */
  start(nameOrId: string, everyMs: number, durationMs: number): string {
    const { name } = this.#camera(nameOrId);
    this.stop(name);
    if (this.#running.size >= mostCameras) {
      throw new ReelflowError('TOO_MANY_PREVIEWS', `${mostCameras} previews are sent already; stop one first`);
    }
    const { previews, bus, topics, clock, loop } = this.#around;
    const topic = topics.preview(name);
    let dueAtMs = Number.NEGATIVE_INFINITY;
    const publish = (jpeg: Uint8Array): void => {
      const now = clock.monotonicMs();
      if (now < dueAtMs || jpeg.byteLength > largestBytes) return;
      // Pictures come a little early or late: without the slack every second one would be left out.
      dueAtMs = now + everyMs * 0.9;
      bus.publish(topic, jpeg);
    };
    const stopWatching = previews.watch(name, publish, { everyMs });
    const stopTimer = loop.after(durationMs, () => this.stop(name));
    this.#running.set(name, () => {
      stopTimer();
      stopWatching();
    });
    return name;
  }

  /** Harmless where none is running. Throws CAMERA_UNKNOWN for a camera that never was. */
  stop(nameOrId: string): string {
    const name = this.#running.has(nameOrId) ? nameOrId : this.#camera(nameOrId).name;
    this.#running.get(name)?.();
    this.#running.delete(name);
    return name;
  }

  stopAll(): void {
    for (const dispose of this.#running.values()) dispose();
    this.#running.clear();
  }

  #camera(nameOrId: string): { name: string } {
    const camera = this.#around.cameras.get(nameOrId);
    if (camera) return camera;
    const known = this.#around.cameras.list().map(({ name }) => name);
    throw new ReelflowError(
      'CAMERA_UNKNOWN',
      `there is no camera "${nameOrId}"; there are: ${known.join(', ') || 'none'}`,
      { field: 'camera' },
    );
  }
}
