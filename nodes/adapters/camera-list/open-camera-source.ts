import type { CameraSource, ReadSource } from '../../core/camera-list/camera-source.ts';
import type { Log } from '../../core/log.ts';
import { FileCameras } from './file-cameras.ts';
import { PostgresCameras } from './postgres-cameras.ts';

/** Databases and files. */
export function openCameraSource(source: Exclude<ReadSource, { kind: 'own' }>, log: Log): CameraSource {
  return source.kind === 'file' ? new FileCameras(source.path) : new PostgresCameras(source, log);
}
