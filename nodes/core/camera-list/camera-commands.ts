import { z } from 'zod';
import type { Commands } from '../bus/command.ts';
import { readArguments } from '../bus/read-arguments.ts';
import { ReelflowError, toReelflowError } from '../errors.ts';
import type { CameraLists } from './camera-lists.ts';
import { ownCameraJson } from './listed-camera-json.ts';
import { cameraChangeSchema, newCameraSchema, type OwnCamera } from './own-camera.ts';
import { ownListId } from './own-cameras.ts';

const args = z.strictObject({
  action: z.enum(['add', 'change', 'remove']),
  /** Id or path; not for `add`. */
  camera: z.string().min(1).max(256).optional(),
  /** Not for `remove`. */
  settings: cameraChangeSchema.optional(),
});

/** The verb with which cameras are entered here; HTTP and the dashboard use it too. */
export function registerCameraCommands(commands: Commands, lists: CameraLists): void {
  commands.register({
    verb: 'camera/configure',
    role: 'operator',
    summary: "Adds a camera to the station's own list, changes or removes one",
    args,
    run: async ({ action, camera, settings = {} }) => {
      if (action === 'add') {
        return ownCameraJson(lists.own.add(readSettings(newCameraSchema, settings)));
      }
      const known = needOwn(lists, camera);
      if (action === 'change') return ownCameraJson(lists.own.change(known.id, settings));
      lists.own.remove(known.id);
      return { id: `${ownListId}:${known.id}` };
    },
  });
}

/** By id or path. Throws CAMERA_UNKNOWN, CAMERA_NOT_OWN. */
export function needOwn(lists: CameraLists, idOrPath: string | undefined): OwnCamera {
  if (idOrPath === undefined) {
    throw new ReelflowError('VALIDATION', 'camera: is missing; give the id or the path of the camera', {
      field: 'camera',
    });
  }
  const own = lists.own.find(idOrPath);
  if (own) return own;
  const found = lists.find(idOrPath);
  if (found) {
    const { name, kind } = found.list;
    throw new ReelflowError(
      'CAMERA_NOT_OWN',
      `camera "${found.camera.name}" comes from the list "${name}" (${kind}): change it there`,
      { field: 'camera' },
    );
  }
  throw new ReelflowError('CAMERA_UNKNOWN', `there is no camera "${idOrPath}"`, { field: 'camera' });
}

function readSettings<T>(schema: z.ZodType<T>, settings: unknown): T {
  try {
    return readArguments(schema, settings);
  } catch (thrown) {
    const { message, field = '' } = toReelflowError(thrown);
    throw new ReelflowError('VALIDATION', `settings.${message}`, { field: `settings.${field}` });
  }
}
