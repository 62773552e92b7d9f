import { z } from 'zod';
import { readJsonBody } from '../adapters/http/json-body.ts';
import type { Call, Route } from '../adapters/http/router.ts';
import { readArguments } from '../core/bus/read-arguments.ts';
import { needOwn } from '../core/camera-list/camera-commands.ts';
import { camerasJson, type ListedCameraJson, listJson, ownCameraJson } from '../core/camera-list/listed-camera-json.ts';
import { cameraChangeSchema, newCameraSchema } from '../core/camera-list/own-camera.ts';
import { shippedTemplates } from '../core/camera-list/shipped-templates.ts';
import { ReelflowError, toReelflowError } from '../core/errors.ts';
import type { Station } from '../core/station.ts';
import type { ApiContext } from './api-context.ts';
import { runCommand } from './commands.ts';

/** The cameras of all lists, and the station's own list, which is filled here. */
export function cameraRoutes(context: ApiContext): Route[] {
  return [
    {
      method: 'GET',
      path: '/cameras',
      role: 'viewer',
      handle() {
        const { cameraLists } = context.station();
        const makes = shippedTemplates.map(({ make }) => make);
        return {
          status: 200,
          body: { cameras: camerasJson(cameraLists), lists: cameraLists.list().map(listJson), makes },
        };
      },
    },
    {
      method: 'POST',
      path: '/cameras',
      role: 'operator',
      async handle(call) {
        const settings = readArguments(newCameraSchema, await readJsonBody(call.request));
        const body = await configure(call, context.station(), { action: 'add', settings });
        return { status: 201, body, headers: { Location: `/api/v1/cameras/${encodeURIComponent(body.path)}` } };
      },
    },
    {
      method: 'GET',
      path: '/cameras/{camera}',
      role: 'viewer',
      handle({ params }) {
        return { status: 200, body: needCamera(context.station(), params['camera'] ?? '') };
      },
    },
    {
      method: 'PATCH',
      path: '/cameras/{camera}',
      role: 'operator',
      async handle(call) {
        const settings = readArguments(cameraChangeSchema, await readJsonBody(call.request));
        const { camera = '' } = call.params;
        return { status: 200, body: await configure(call, context.station(), { action: 'change', camera, settings }) };
      },
    },
    {
      method: 'DELETE',
      path: '/cameras/{camera}',
      role: 'operator',
      async handle(call) {
        const { camera = '' } = call.params;
        needOwn(context.station().cameraLists, camera);
        await runCommand(call, context.station(), { verb: 'camera/configure', args: { action: 'remove', camera } });
        return { status: 204 };
      },
    },
    {
      method: 'POST',
      path: '/camera-lists/refresh',
      role: 'operator',
      async handle({ request }) {
        readArguments(z.strictObject({}), await readJsonBody(request));
        const { cameraLists } = context.station();
        await cameraLists.refresh();
        return { status: 200, body: { lists: cameraLists.list().map(listJson) } };
      },
    },
  ];
}

/** Answers when the list has it, so that who asks next finds it there. */
async function configure(call: Call, station: Station, args: object): Promise<ListedCameraJson> {
  let result: unknown;
  try {
    result = await runCommand(call, station, { verb: 'camera/configure', args });
  } catch (thrown) {
    // The fields of a request are not below `settings`, as those of the verb are.
    const { code, message, field } = toReelflowError(thrown);
    const plain = (text: string) => text.replace(/^settings\./, '');
    throw new ReelflowError(code, plain(message), field === undefined ? {} : { field: plain(field) });
  }
  const { cameraLists } = station;
  if (cameraLists.list().some(({ listId }) => listId === 'own')) await cameraLists.refresh('own');
  return result as ListedCameraJson;
}

function needCamera({ cameraLists }: Station, idOrPath: string): ListedCameraJson {
  const own = cameraLists.own.find(idOrPath);
  if (own) return ownCameraJson(own);
  const found = camerasJson(cameraLists).find(({ id, path }) => id === idOrPath || path === idOrPath);
  if (found) return found;
  throw new ReelflowError('CAMERA_UNKNOWN', `there is no camera "${idOrPath}"`, { field: 'camera' });
}
