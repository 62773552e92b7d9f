import { z } from 'zod';
import { readJsonBody } from '../adapters/http/json-body.ts';
import type { Call, Route } from '../adapters/http/router.ts';
import { readArguments } from '../core/bus/read-arguments.ts';
import { needOwn } from '../core/camera-list/camera-commands.ts';
import type { ListedCamera } from '../core/camera-list/listed-camera.ts';
import { cameraChangeSchema } from '../core/camera-list/own-camera.ts';
import { ReelflowError } from '../core/errors.ts';
import type { RestreamParts } from '../core/restream/restream.ts';
import type { Station } from '../core/station.ts';
import type { ApiContext } from './api-context.ts';

/** Looks at cameras, also before they are saved. */
export function cameraTestRoutes(context: ApiContext): Route[] {
  return [
    {
      method: 'POST',
      path: '/camera-tests',
      role: 'operator',
      async handle(call) {
        const station = context.station();
        const { camera, settings } = await readTest(call);
        return { status: 200, body: await look(station, draftOf(station, settings, camera), call) };
      },
    },
    {
      method: 'POST',
      path: '/camera-snapshots',
      role: 'operator',
      async handle(call) {
        const station = context.station();
        const { camera, settings } = await readTest(call);
        const isAsItIs = camera !== undefined && Object.keys(settings).length === 0;
        // Of a camera that is as it was saved, of whatever list, the picture of its restream will do.
        const listed = isAsItIs ? station.cameraLists.find(camera)?.camera : undefined;
        await sendSnapshot(station, listed ?? draftOf(station, settings, camera), call);
        return undefined;
      },
    },
  ];
}

/** Settings as they would be saved, of a new camera or on top of an own one. */
const testSchema = cameraChangeSchema.omit({ name: true }).extend({ camera: z.string().min(1).max(256).optional() });

async function readTest({ request }: Call) {
  const { camera, ...settings } = readArguments(testSchema, await readJsonBody(request));
  return { camera, settings };
}

function draftOf(
  { cameraLists }: Station,
  settings: z.infer<typeof cameraChangeSchema>,
  camera?: string,
): ListedCamera {
  return cameraLists.own.draft(settings, camera === undefined ? undefined : needOwn(cameraLists, camera).id);
}

/** Asks the camera itself, not what is remembered of it. */
async function look(station: Station, draft: ListedCamera, { response }: Call) {
  const { probes } = needRestream(station);
  probes.forget(draft);
  const result = await probes.probe(draft, leavingOf(response));
  if (!result.ok) return { ok: false, reason: result.reason, message: result.message };
  const tracks = result.tracks.map(({ kind, codec, width, height }) => ({ kind, codec, width, height }));
  return { ok: true, tracks };
}

async function sendSnapshot(station: Station, camera: ListedCamera, { response }: Call): Promise<void> {
  const snapshot = await needRestream(station).snapshots.take(camera, leavingOf(response));
  if (!snapshot.ok) {
    const code = `SNAPSHOT_${snapshot.reason.toUpperCase().replaceAll('-', '_')}`;
    throw new ReelflowError(code, snapshot.message, { isRetryable: true });
  }
  response.writeHead(200, {
    'Content-Type': 'image/jpeg',
    'Content-Length': snapshot.jpeg.byteLength,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(snapshot.jpeg);
}

function leavingOf(response: Call['response']): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return gone.signal;
}

function needRestream({ restream }: Station): RestreamParts {
  if (restream) return restream;
  throw new ReelflowError('RESTREAM_MISSING', 'this station has no restreams', { isRetryable: true });
}
