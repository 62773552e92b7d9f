import type { Camera } from '../camera/camera.ts';
import type { CaptureRecord } from './capture.ts';

/** What is known of a capture before its tool is spawned. Pid 0 is no process: nobody may be asked or ended by it. */
export function intendedCapture(id: string, camera: Camera, directory: string, now: number): CaptureRecord {
  return {
    id,
    cameraId: camera.id,
    input: camera.name,
    directory,
    pid: 0,
    processStartTicks: '',
    bootId: '',
    commandHash: '',
    spawnedAt: now,
    ...(camera.source.kind === 'command' ? { outputs: camera.source.outputs } : {}),
    flavor: camera.flavor,
    profile: camera.profile,
  };
}
