import { isDeepStrictEqual } from 'node:util';
import type { CameraMessage } from './camera-message.ts';
import type { ListedCamera } from './listed-camera.ts';

/** What became of a list. Removals come first: a path must be free before another camera takes it. */
export function diffCameras(before: readonly ListedCamera[], after: readonly ListedCamera[]): CameraMessage[] {
  const old = new Map(before.map((camera) => [camera.id, camera]));
  const ids = new Set(after.map(({ id }) => id));
  const removed = before.filter(({ id }) => !ids.has(id));
  const changed = after.filter((camera) => old.has(camera.id) && !isDeepStrictEqual(old.get(camera.id), camera));
  const added = after.filter(({ id }) => !old.has(id));
  return [...messages('remove', removed), ...messages('change', changed), ...messages('add', added)];
}

function messages(action: CameraMessage['action'], cameras: readonly ListedCamera[]): CameraMessage[] {
  return cameras.map((camera) => ({ action, camera }));
}
