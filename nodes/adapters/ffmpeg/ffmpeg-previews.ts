import type { Camera } from '../../core/camera/camera.ts';
import type { CameraRegistry } from '../../core/camera/camera-registry.ts';
import type { Previews } from '../../core/camera/previews.ts';
import { ReelflowError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Clock, Dispose } from '../../core/time/clock.ts';
import { MotionSlots } from './motion-of-capture.ts';
import { PreviewSession } from './preview-session.ts';

export interface PreviewsOptions {
  cameras: Pick<CameraRegistry, 'get'>;
  /** Folder of the capture that runs on a camera now. */
  captureDirectory: (cameraName: string) => string | undefined;
  log: Log;
  clock: Clock;
  toolPath?: string;
  /** How long a process runs on when nobody looks any more. */
  lingerMs?: number;
}

const firstPictureMs = 10_000;
/** A capture keeps a picture a second beside its file. */
const captureEveryMs = 1000;
/** After `release`, for the recorder to start its capture in. */
const releasedMs = 15_000;

/**
 * Live pictures. While a camera is being recorded they come from its capture: one a second at no cost, or eight a second
 * decoded from its file for who wants to see it move. Otherwise from one process a camera, five a second. What is started
 * for lookers runs while somebody looks and ten seconds longer.
 */
export class FfmpegPreviews implements Previews {
  readonly #options: PreviewsOptions;
  readonly #slots = new MotionSlots();
  readonly #sessions = new Map<string, PreviewSession>();
  readonly #releasedUntil = new Map<string, number>();

  constructor(options: PreviewsOptions) {
    this.#options = options;
  }

  async still(camera: string, timeoutMs = firstPictureMs): Promise<Uint8Array> {
    const session = this.#session(camera);
    let dispose: Dispose = () => undefined;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Uint8Array>((resolve, reject) => {
        timer = setTimeout(() => reject(unavailable(camera, session.problem)), timeoutMs);
        dispose = session.look(resolve);
      });
    } finally {
      clearTimeout(timer);
      dispose();
    }
  }

  /** Throws CAMERA_UNKNOWN or PREVIEW_UNAVAILABLE. */
  watch(camera: string, onFrame: (jpeg: Uint8Array) => void, { everyMs = 0 } = {}): Dispose {
    return this.#session(camera).look(onFrame, everyMs < captureEveryMs);
  }

  /** Ends the on-demand process of a camera at once: called before a capture starts on a device that only one can read. */
  async release(cameraName: string): Promise<void> {
    this.#releasedUntil.set(cameraName, this.#options.clock.monotonicMs() + releasedMs);
    await this.#sessions.get(cameraName)?.release();
  }

  /** Ends everything; for the end of the runtime and for tests. */
  async close(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    await Promise.all(sessions.map((session) => session.close()));
  }

  #session(idOrName: string): PreviewSession {
    const { cameras, captureDirectory, log, clock, toolPath = 'ffmpeg', lingerMs = 10_000 } = this.#options;
    const camera = cameras.get(idOrName);
    if (!camera) throw new ReelflowError('CAMERA_UNKNOWN', `there is no camera "${idOrName}"`, { field: 'camera' });
    const { name } = camera;
    refuseBlind(camera, captureDirectory(name));
    let session = this.#sessions.get(name);
    if (!session) {
      const around = {
        camera: () => cameras.get(name),
        captureDirectory: () => captureDirectory(name),
        isReleased: () => clock.monotonicMs() < (this.#releasedUntil.get(name) ?? Number.NEGATIVE_INFINITY),
        toolPath,
        lingerMs,
        slots: this.#slots,
        clock,
        log,
      };
      const created = new PreviewSession(around, () => {
        if (this.#sessions.get(name) === created) this.#sessions.delete(name);
      });
      session = created;
      this.#sessions.set(name, session);
    }
    return session;
  }
}

function refuseBlind({ name, source, profile }: Camera, directory: string | undefined): void {
  if (source.kind === 'audio' || (profile.video.encoder === 'none' && directory !== undefined)) {
    throw unavailable(name, 'it has sound only');
  }
  if (source.kind === 'command' && directory === undefined) {
    throw unavailable(name, 'its own command makes pictures only while it records');
  }
}

function unavailable(camera: string, problem = 'no picture yet'): ReelflowError {
  return new ReelflowError('PREVIEW_UNAVAILABLE', `camera "${camera}" gives no picture: ${problem}`, {
    isRetryable: true,
  });
}
