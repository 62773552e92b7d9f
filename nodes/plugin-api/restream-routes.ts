import type { Route } from '../adapters/http/router.ts';
import { sendFile } from '../adapters/http/send-file.ts';
import { pathOf } from '../core/camera-list/camera-path.ts';
import { ReelflowError } from '../core/errors.ts';
import type { LoopPiece } from '../core/restream/loop-retention.ts';
import type { RestreamParts, RestreamView } from '../core/restream/restream.ts';
import { cameraStateOf } from '../core/restream/restream-message.ts';
import type { Station } from '../core/station.ts';
import type { ApiContext } from './api-context.ts';
import { runCommand } from './commands.ts';
import { type PreviewLimits, PreviewRoutes } from './preview-routes.ts';

/** `/api/v1/restreams`: the cameras that are sent on. */
export function restreamRoutes(context: ApiContext): Route[] {
  const parts = () => needRestream(context.station());
  const order = (verb: 'camera/restart' | 'camera/pause' | 'camera/resume'): Route => ({
    method: 'POST',
    path: `/restreams/{camera}/${verb.split('/')[1]}`,
    role: 'operator',
    async handle(call) {
      const { camera } = needCamera(parts(), call.params['camera']);
      await runCommand(call, context.station(), { verb, args: { camera } });
      return { status: 200, body: restreamJson(needCamera(parts(), camera)) };
    },
  });
  return [
    {
      method: 'GET',
      path: '/restreams',
      role: 'viewer',
      handle: () => ({ status: 200, body: { restreams: parts().cameras.list().map(restreamJson) } }),
    },
    {
      method: 'GET',
      path: '/restreams/{camera}',
      role: 'viewer',
      handle: ({ params }) => ({ status: 200, body: restreamJson(needCamera(parts(), params['camera'])) }),
    },
    {
      method: 'GET',
      path: '/restreams/{camera}/log',
      role: 'operator',
      async handle({ params }) {
        const { camera } = needCamera(parts(), params['camera']);
        const lines = await parts().cameras.log(camera);
        const { dataRoot } = context.station();
        return { status: 200, body: { lines: lines.map((line) => line.replaceAll(dataRoot, '…')) } };
      },
    },
    {
      method: 'GET',
      path: '/restreams/{camera}/loop',
      role: 'viewer',
      async handle({ params }) {
        const { camera = '' } = params;
        const pieces = await parts().loops.list(needPath(camera));
        return { status: 200, body: { pieces: pieces.map((piece) => pieceJson(camera, piece)) } };
      },
    },
    order('camera/restart'),
    order('camera/pause'),
    order('camera/resume'),
  ];
}

/** `/live`: restreamed cameras for players and pages, whatever the media server offers. */
export function liveRoutes(station: () => Station, limits: PreviewLimits): Route[] {
  const parts = () => needRestream(station());
  const pictures = new PreviewRoutes(
    { previews: () => parts().pictures, nameOf: (camera) => needCamera(parts(), camera).camera },
    limits,
  );
  return [
    ...pictures.routes('/{camera}/picture'),
    {
      method: 'GET',
      path: '/{camera}/loop/{file}',
      role: 'viewer',
      async handle({ request, response, params }) {
        const { file = '' } = params;
        const path = await parts().loops.find(needPath(params['camera']), file);
        await sendFile(request, response, {
          path,
          mimeType: 'video/x-matroska',
          downloadName: `${params['camera']}-${file}`,
        });
        return undefined;
      },
    },
    {
      method: 'GET',
      path: '/{camera}/{file}',
      role: 'viewer',
      async handle({ request, response, params }) {
        const { file = '' } = params;
        const { camera } = needCamera(parts(), params['camera']);
        const path = await parts().live.find(camera, file);
        const mimeType = file.endsWith('.m3u8') ? 'application/vnd.apple.mpegurl' : 'video/mp2t';
        await sendFile(request, response, { path, mimeType });
        return undefined;
      },
    },
  ];
}

/** `/cameras`: one flat list with plain figures, for scripts and dashboards that know restream services. */
export function cameraListRoutes(station: () => Station): Route[] {
  return [
    {
      method: 'GET',
      path: '/',
      role: 'viewer',
      handle: () => ({ status: 200, body: needRestream(station()).cameras.list().map(plainJson) }),
    },
  ];
}

export function restreamJson(view: RestreamView) {
  return {
    id: view.id,
    ...cameraStateOf(view),
    outages: view.outages.map(({ start, end, ...reason }) => ({
      start: new Date(start).toISOString(),
      ...(end === undefined ? {} : { end: new Date(end).toISOString() }),
      ...reason,
    })),
    live: {
      playlistUrl: `/live/${view.camera}/index.m3u8`,
      stillUrl: `/live/${view.camera}/picture.jpg`,
      streamUrl: `/live/${view.camera}/picture.mjpeg`,
    },
  };
}

function plainJson({ camera, name, state, since, reason, figures }: RestreamView) {
  return {
    camera,
    name,
    state,
    since: new Date(since).toISOString(),
    kbps: figures.kilobitsPerSecond ?? null,
    fps: figures.framesPerSecond ?? null,
    reconnects_1h: figures.reconnectsPerHour,
    stalls_1h: figures.stallsPerHour,
    uptime_s: figures.uptimeMs === undefined ? null : Math.round(figures.uptimeMs / 1000),
    last_error: reason?.message ?? null,
    last_error_class: reason?.class ?? null,
  };
}

function pieceJson(camera: string, { name, start, end, sizeBytes }: LoopPiece) {
  const times = { start: new Date(start).toISOString(), end: new Date(end).toISOString() };
  return { ...times, sizeBytes, url: `/live/${camera}/loop/${name}` };
}

/** Loops stay when their camera has gone; a path can name nothing else. */
function needPath(camera = ''): string {
  if (camera === pathOf(camera) && camera !== '') return camera;
  throw new ReelflowError('CAMERA_UNKNOWN', `there is no restreamed camera "${camera}"`, { field: 'camera' });
}

function needRestream({ restream }: Station): RestreamParts {
  if (restream) return restream;
  throw new ReelflowError('RESTREAM_MISSING', 'this station has no restreams', { isRetryable: true });
}

function needCamera({ cameras }: RestreamParts, camera = ''): RestreamView {
  const view = cameras.get(camera);
  if (view) return view;
  throw new ReelflowError('CAMERA_UNKNOWN', `there is no restreamed camera "${camera}"`, { field: 'camera' });
}
