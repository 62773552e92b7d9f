import type { Camera } from '../../core/camera/camera.ts';
import { ReelflowError } from '../../core/errors.ts';
import type {
  CaptureEngine,
  CaptureProcess,
  CaptureRecord,
  CaptureRequest,
  CaptureStatus,
} from '../../core/recording/capture.ts';

type Find = (path: string) => Camera | undefined;

/** Captures restreamed cameras from where they are sent to; everything else as the engine behind it does. */
export class RestreamedEngine implements CaptureEngine {
  readonly #engine: CaptureEngine;
  readonly #find: Find;

  constructor(engine: CaptureEngine, find: Find) {
    this.#engine = engine;
    this.#find = find;
  }

  /** Rejects with SOURCE_MISSING, SOURCE_INVALID, and what the engine says. */
  async begin(request: CaptureRequest): Promise<CaptureProcess> {
    const camera = withSource(request.camera, this.#find);
    if (camera.source.kind === 'file' && request.camera.source.kind === 'restream') {
      throw new ReelflowError(
        'SOURCE_INVALID',
        `camera "${camera.name}": the restream is only served as HLS by this station, which is some seconds late; ` +
          'send it to a media server, or give the camera a connection of its own',
        { field: 'source' },
      );
    }
    return await this.#engine.begin({ ...request, camera });
  }

  adopt(record: CaptureRecord): Promise<CaptureProcess | undefined> {
    return this.#engine.adopt(record);
  }

  inspect(record: CaptureRecord): Promise<CaptureStatus> {
    return this.#engine.inspect(record);
  }
}

/** A camera with the place that it is really read from. Throws SOURCE_MISSING. */
export function withSource(camera: Camera, find: Find): Camera {
  const { source, name } = camera;
  if (source.kind !== 'restream') return camera;
  const restreamed = find(source.camera);
  if (restreamed) return { ...camera, source: restreamed.source };
  throw new ReelflowError('SOURCE_MISSING', `camera "${name}": "${source.camera}" is not restreamed here`, {
    isRetryable: true,
    field: 'source',
  });
}
