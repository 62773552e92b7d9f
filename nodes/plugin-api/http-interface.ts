import { createRouter, type Handler, type Route } from '../adapters/http/router.ts';
import type { AccessControl } from '../core/access/access.ts';
import { ReelflowError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Station } from '../core/station.ts';
import { adminRoutes } from './admin-routes.ts';
import type { ApiContext } from './api-context.ts';
import { cameraRoutes } from './camera-routes.ts';
import { cameraSearchRoutes } from './camera-search-routes.ts';
import { cameraTestRoutes } from './camera-test-routes.ts';
import { channelRoutes } from './channel-routes.ts';
import { clipRoutes } from './clip-routes.ts';
import { commandRoutes } from './command-routes.ts';
import { EventHub } from './event-hub.ts';
import { jobRoutes } from './job-routes.ts';
import { mediaRoutes } from './media-routes.ts';
import { opencastRoutes } from './opencast-routes.ts';
import { type PreviewLimits, PreviewRoutes, recordedPictures } from './preview-routes.ts';
import { recordingRoutes } from './recording-routes.ts';
import { cameraListRoutes, liveRoutes, restreamRoutes } from './restream-routes.ts';
import { shareRoutes } from './share-routes.ts';
import { ProcessorShare } from './station-status.ts';
import { statusRoutes } from './status-routes.ts';
import { upkeepRoutes } from './upkeep-routes.ts';
import { webhookRoutes } from './webhook-routes.ts';

export interface HttpSurroundings {
  /** Throws STATION_MISSING while the station is not up yet. */
  station: () => Station;
  access: AccessControl | undefined;
  log: Log;
  limits?: Partial<HttpLimits>;
}

export interface HttpLimits extends PreviewLimits {
  heartbeatMs: number;
  maxListeners: number;
  /** How long a request waits for the answer of a command. */
  commandPatienceMs: number;
}

const defaults: HttpLimits = {
  firstPictureMs: 8000,
  idleMs: 30_000,
  maxViewers: 48,
  heartbeatMs: 15_000,
  maxListeners: 64,
  commandPatienceMs: 10_000,
};

/** One part of the interface: where it is mounted, what it answers to. */
export interface Mount {
  prefix: string;
  routes: Route[];
  handler: Handler;
}

/** Everything that Reelflow answers under /api/v1, /media/recordings, /preview, /live and /cameras. */
export class HttpInterface {
  readonly mounts: readonly Mount[];
  readonly events: EventHub;
  readonly previews: PreviewRoutes;

  constructor(around: HttpSurroundings) {
    const { station, access, log } = around;
    const limits = { ...defaults, ...around.limits };
    const processor = new ProcessorShare();
    this.events = new EventHub(processor, { ...limits, log });
    this.previews = new PreviewRoutes(recordedPictures(station), limits);
    const context: ApiContext = {
      station,
      access: () => access ?? missing('ACCESS_MISSING', 'users and tokens are not managed by Reelflow here'),
      audit: () => station().audit ?? missing('AUDIT_MISSING', 'this station keeps no audit log'),
      events: this.events,
      processor,
    };
    const api = [
      ...statusRoutes(context),
      ...recordingRoutes(context),
      ...opencastRoutes(context),
      ...cameraRoutes(context),
      ...cameraSearchRoutes(context),
      ...cameraTestRoutes(context),
      ...commandRoutes(context, limits.commandPatienceMs),
      ...restreamRoutes(context),
      ...adminRoutes(context),
      ...channelRoutes(context),
      ...upkeepRoutes(context),
      ...jobRoutes(context),
      ...clipRoutes(context),
      ...shareRoutes(context),
      ...webhookRoutes(context),
    ];
    const mount = (prefix: string, routes: Route[]): Mount => ({ prefix, routes, handler: createRouter(routes, log) });
    this.mounts = [
      mount('/api/v1', api),
      mount('/media/recordings', mediaRoutes(station)),
      mount('/preview', this.previews.routes('/{camera}')),
      mount('/live', liveRoutes(station, limits)),
      mount('/cameras', cameraListRoutes(station)),
    ];
  }
}

function missing(code: string, message: string): never {
  throw new ReelflowError(code, message, { isRetryable: true });
}
