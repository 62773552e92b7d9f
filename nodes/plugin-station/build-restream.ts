import { randomUUID } from 'node:crypto';
import { FfmpegPreviews } from '../adapters/ffmpeg/ffmpeg-previews.ts';
import { OnvifCameras } from '../adapters/onvif/onvif-cameras.ts';
import { DeadMansSwitch } from '../adapters/restream/dead-mans-switch.ts';
import { EitherStreamer } from '../adapters/restream/either-streamer.ts';
import { FfmpegSnapshots } from '../adapters/restream/ffmpeg-snapshots.ts';
import { FfmpegStreamer } from '../adapters/restream/ffmpeg-streamer.ts';
import { FfprobeProber } from '../adapters/restream/ffprobe-prober.ts';
import { LiveHls } from '../adapters/restream/live-hls.ts';
import { LoopRecordings } from '../adapters/restream/loop-recordings.ts';
import { MediaMtx } from '../adapters/restream/media-mtx.ts';
import { MediaMtxStreamer } from '../adapters/restream/media-mtx-streamer.ts';
import { NetworkKnocker } from '../adapters/restream/network-knocker.ts';
import { RestreamedCameras } from '../adapters/restream/restreamed-cameras.ts';
import { RunFolders } from '../adapters/restream/run-folder.ts';
import type { Database } from '../adapters/sqlite/database.ts';
import { SqliteLeaseStore } from '../adapters/sqlite/sqlite-lease-store.ts';
import { SqliteRestreamStore } from '../adapters/sqlite/sqlite-restream-store.ts';
import type { Alarms } from '../core/alarms/alarms.ts';
import type { CameraLists } from '../core/camera-list/camera-lists.ts';
import type { Disk } from '../core/disk/disk.ts';
import type { Environment } from '../core/environment.ts';
import type { Log } from '../core/log.ts';
import type { RestreamParts } from '../core/restream/restream.ts';
import { RestreamService } from '../core/restream/restream-service.ts';
import type { KeyValueStore } from '../core/state/key-value-store.ts';
import type { Clock } from '../core/time/clock.ts';
import type { InstantLoop } from '../core/time/instant-loop.ts';

export interface RestreamSurroundings {
  environment: Environment;
  database: Database;
  facts: KeyValueStore;
  cameraLists: CameraLists;
  disk: Disk;
  alarms: Alarms;
  clock: Clock;
  loop: InstantLoop;
  log: Log;
}

/** Puts the restreams together. Streams of an earlier runtime go on before this settles. */
export async function buildRestream(
  around: RestreamSurroundings,
): Promise<{ restream: RestreamParts; restreamed: RestreamedCameras; close(): Promise<void> }> {
  const { environment, database, facts, cameraLists, disk, alarms, clock, loop, log } = around;
  const { dataRoot, mediaServer, mediaServerApi } = environment;
  const store = new SqliteRestreamStore(database);
  const probes = new FfprobeProber({ store, clock });
  const folders = new RunFolders(dataRoot);
  const loops = new LoopRecordings(dataRoot, { clock, disk, loop, log });
  const guard = new DeadMansSwitch(dataRoot, log);
  const shared = sharedDatabase(environment);
  const postgres = shared === undefined ? undefined : await openLeases(shared);
  const server =
    mediaServerApi === undefined
      ? undefined
      : new MediaMtxStreamer({ server: new MediaMtx(mediaServerApi), clock, loop, log });
  const service = new RestreamService({
    streamer: new EitherStreamer(new FfmpegStreamer({ folders, guard, loops, clock, log }), server),
    prober: probes,
    knocker: new NetworkKnocker(),
    leases: postgres ?? new SqliteLeaseStore(database, clock),
    store,
    owner: ownerName(facts),
    mediaServer: { url: mediaServer, apiUrl: mediaServerApi },
    ...{ alarms, clock, loop, log },
  });
  const restreamed = new RestreamedCameras(service, folders);
  const pictures = new FfmpegPreviews({ cameras: restreamed, captureDirectory: () => undefined, log, clock });
  const snapshots = new FfmpegSnapshots({ restreams: service, pictures, probes, clock });
  const live = new LiveHls({ dataRoot, restreams: service, cameras: restreamed, guard, clock, loop, log });
  await guard.take();
  await live.open();
  await service.open();
  service.follow(cameraLists);
  return {
    restream: { cameras: service, probes, snapshots, finder: new OnvifCameras(), pictures, live, loops },
    restreamed,
    close: async () => {
      await Promise.allSettled([service.close(), live.close(), pictures.close()]);
      server?.close();
      loops.close();
      guard.disarm();
      await postgres?.close();
    },
  };
}

/** Stations that read their cameras from one database agree there on who restreams what. */
function sharedDatabase({ database, cameraDatabase }: Environment): string | undefined {
  return database === 'sqlite' ? cameraDatabase : database;
}

/** The client of PostgreSQL is only loaded where there is one. */
async function openLeases(url: string) {
  const { PostgresLeaseStore } = await import('../adapters/postgres/postgres-lease-store.ts');
  return new PostgresLeaseStore(url);
}

/** Names this data folder among the stations that share leases; agents of the same name are told apart by it. */
function ownerName(facts: KeyValueStore): string {
  const known = facts.get<string>('restream-owner');
  if (known !== undefined) return known;
  const made = randomUUID();
  facts.set('restream-owner', made);
  return made;
}
