import { createRouter, type Handler, type Route } from '../adapters/http/router.ts';
import type { ArchiveDoor } from '../core/archive/archive.ts';
import type { Log } from '../core/log.ts';
import type { HlsKeys } from '../core/playback/hls-keys.ts';
import type { Playback } from '../core/playback/playback.ts';
import type { Shares } from '../core/playback/shares.ts';
import type { Thumbnails } from '../core/playback/thumbnails.ts';
import { dashRoutes } from './dash-routes.ts';
import { encryptedRoutes } from './encrypted-routes.ts';
import { hlsRoutes } from './hls-routes.ts';
import { ismRoutes } from './ism-routes.ts';
import { objectRoute } from './object-route.ts';
import { planRoute } from './plan-route.ts';
import { sharedRoutes } from './shared-routes.ts';
import { smilRoutes } from './smil-routes.ts';
import { thumbnailRoutes } from './thumbnail-routes.ts';

/** What the routes work with; throws STATION_MISSING while the station is not up yet. */
export type PlaybackParts = () => {
  playback: Playback;
  archive: ArchiveDoor;
  shares: Shares;
  thumbnails: Thumbnails;
  keys: HlsKeys;
  now: () => number;
};

export interface Door {
  prefix: string;
  routes: Route[];
  handler: Handler;
}

/** `/archive`: playlists, manifests, media; `/shared`: some of it without a login; `/smil` and `/ism`: the doors of the replaced archiver. */
export function playbackDoors(parts: PlaybackParts, log: Log): Door[] {
  const door = (prefix: string, routes: Route[]): Door => ({ prefix, routes, handler: createRouter(routes, log) });
  return [
    door('/archive', [
      objectRoute(parts),
      ...encryptedRoutes(parts),
      ...dashRoutes(parts),
      ...hlsRoutes(parts),
      planRoute(parts),
      ...thumbnailRoutes(parts),
    ]),
    door('/shared', sharedRoutes(parts)),
    door('/smil', smilRoutes(parts)),
    door('/ism', ismRoutes()),
  ];
}
