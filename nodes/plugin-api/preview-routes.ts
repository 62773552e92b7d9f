import type { ServerResponse } from 'node:http';
import { MotionJpegStream } from '../adapters/http/motion-jpeg-stream.ts';
import type { Call, Route } from '../adapters/http/router.ts';
import type { Previews } from '../core/camera/previews.ts';
import { ReelflowError } from '../core/errors.ts';
import type { Station } from '../core/station.ts';

export interface PreviewLimits {
  /** How long a still or the first picture of a stream is waited for, ms. */
  firstPictureMs: number;
  /** A viewer that took no picture for this long is sent away: asleep, or the camera is gone. */
  idleMs: number;
  maxViewers: number;
}

/** Whose pictures. */
export interface PictureSource {
  previews(): Previews;
  /** Throws CAMERA_UNKNOWN. */
  nameOf(camera: string): string;
}

/** The newest picture of a camera, and its pictures as they come. */
export class PreviewRoutes {
  readonly #source: PictureSource;
  readonly #limits: PreviewLimits;
  #viewers = 0;

  constructor(source: PictureSource, limits: PreviewLimits) {
    this.#source = source;
    this.#limits = limits;
  }

  get viewerCount(): number {
    return this.#viewers;
  }

  /** @param path up to the dot: `/{camera}` */
  routes(path: string): Route[] {
    return [
      { method: 'GET', path: `${path}.jpg`, role: 'viewer', handle: (call) => this.#still(call) },
      { method: 'GET', path: `${path}.mjpeg`, role: 'viewer', isEndless: true, handle: (call) => this.#motion(call) },
    ];
  }

  async #still({ request, response, params }: Call): Promise<undefined> {
    const camera = this.#source.nameOf(params['camera'] ?? '');
    const jpeg = await this.#source.previews().still(camera, this.#limits.firstPictureMs);
    response.writeHead(200, {
      'Content-Type': 'image/jpeg',
      'Content-Length': jpeg.byteLength,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    });
    response.end(request.method === 'HEAD' ? undefined : jpeg);
  }

  /** Settles when the first picture is out (the rest follows), rejects when none came in time. */
  async #motion({ response, params }: Call): Promise<undefined> {
    const camera = this.#source.nameOf(params['camera'] ?? '');
    if (this.#viewers >= this.#limits.maxViewers) {
      throw new ReelflowError('TOO_MANY_VIEWERS', `${this.#limits.maxViewers} viewers are looking already`, {
        isRetryable: true,
      });
    }
    this.#viewers += 1;
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const end = once(() => {
      this.#viewers -= 1;
      clearTimeout(patience);
      clearInterval(watchdog);
      unwatch?.();
      resolve(undefined);
    });
    let stream: MotionJpegStream | undefined;
    const patience = setTimeout(() => {
      reject(new ReelflowError('PREVIEW_UNAVAILABLE', `"${camera}" delivers no picture`, { isRetryable: true }));
      end();
    }, this.#limits.firstPictureMs);
    const watchdog = setInterval(() => {
      if (stream && stream.idleMs > this.#limits.idleMs) response.destroy();
    }, 1000);
    let unwatch: (() => void) | undefined;
    response.once('close', end);
    try {
      unwatch = this.#source.previews().watch(camera, (jpeg) => {
        if (!isOpen(response)) return;
        stream ??= new MotionJpegStream(response);
        stream.offer(jpeg);
        clearTimeout(patience);
        resolve(undefined);
      });
    } catch (error) {
      end();
      throw error;
    }
    if (!isOpen(response)) end();
    return promise;
  }
}

function isOpen(response: ServerResponse): boolean {
  return !response.destroyed && !response.writableEnded;
}

/** Cameras that this station records. */
export function recordedPictures(station: () => Station): PictureSource {
  return { previews: () => station().previews, nameOf: (name) => nameOfCamera(station(), name) };
}

function nameOfCamera(station: Station, name: string): string {
  const camera = station.cameras.get(name);
  if (camera) return camera.name;
  throw new ReelflowError('CAMERA_UNKNOWN', `there is no camera "${name}"`, { field: 'camera' });
}

function once(action: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    action();
  };
}
