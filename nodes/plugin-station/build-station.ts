import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ShareSecretFile } from '../adapters/access/share-secret-file.ts';
import { LazyArchive } from '../adapters/archive/lazy-archive.ts';
import { openCalendarSource } from '../adapters/calendar/open-calendar-source.ts';
import { openCameraSource } from '../adapters/camera-list/open-camera-source.ts';
import { SystemClock } from '../adapters/clock/system-clock.ts';
import { StatfsDisk } from '../adapters/disk/statfs-disk.ts';
import { FfmpegAssembler } from '../adapters/ffmpeg/ffmpeg-assembler.ts';
import { FfmpegEngine } from '../adapters/ffmpeg/ffmpeg-engine.ts';
import { FfmpegPreviews } from '../adapters/ffmpeg/ffmpeg-previews.ts';
import { DiskFiles } from '../adapters/files/disk-files.ts';
import { openBus } from '../adapters/mqtt/open-bus.ts';
import { DataRootFolders } from '../adapters/recordings/data-root-folders.ts';
import { RestreamedEngine, withSource } from '../adapters/restream/restreamed-engine.ts';
import { DeliveryTargets } from '../adapters/s3/delivery-targets.ts';
import { lockDataRoot } from '../adapters/sqlite/data-root-lock.ts';
import { openDatabase } from '../adapters/sqlite/database.ts';
import { SqliteAuditLog } from '../adapters/sqlite/sqlite-audit-log.ts';
import { SqliteCameraStore } from '../adapters/sqlite/sqlite-camera-store.ts';
import { SqliteCommandLog } from '../adapters/sqlite/sqlite-command-log.ts';
import { SqliteJobQueue } from '../adapters/sqlite/sqlite-job-queue.ts';
import { SqliteKeyValueStore } from '../adapters/sqlite/sqlite-key-value-store.ts';
import { SqliteRecordingStore } from '../adapters/sqlite/sqlite-recording-store.ts';
import { SqliteScheduleStore } from '../adapters/sqlite/sqlite-schedule-store.ts';
import type { AccessControl } from '../core/access/access.ts';
import { Alarms } from '../core/alarms/alarms.ts';
import { BookingService } from '../core/booking/booking-service.ts';
import { CommandDispatcher } from '../core/bus/command-dispatcher.ts';
import type { Camera } from '../core/camera/camera.ts';
import { CameraRegistry } from '../core/camera/camera-registry.ts';
import { registerCameraCommands } from '../core/camera-list/camera-commands.ts';
import { CameraListService } from '../core/camera-list/camera-list-service.ts';
import { DatabaseAddresses } from '../core/database-addresses.ts';
import { DeliveryService } from '../core/delivery/delivery-service.ts';
import type { Environment } from '../core/environment.ts';
import { toReelflowError } from '../core/errors.ts';
import { registerIngestCommands } from '../core/ingest/ingest-commands.ts';
import { IngestService } from '../core/ingest/ingest-service.ts';
import type { Log } from '../core/log.ts';
import { AgentService } from '../core/opencast/agent-service.ts';
import { OpencastCores } from '../core/opencast/opencast-cores.ts';
import { Shares } from '../core/playback/shares.ts';
import { RecordingService } from '../core/recording/recording-service.ts';
import type { FirstBooking } from '../core/recording/request-desk.ts';
import { registerRestreamCommands } from '../core/restream/restream-commands.ts';
import { S3Places } from '../core/s3/s3-places.ts';
import { ScheduleService } from '../core/schedule/schedule-service.ts';
import type { Station } from '../core/station.ts';
import { InstantLoop } from '../core/time/instant-loop.ts';
import { buildRestream } from './build-restream.ts';
import { LazyClips } from './lazy-clips.ts';

export interface StationOptions {
  environment: Environment;
  access: AccessControl;
  version: string;
  log: Log;
}

/** A built station and how to end it. */
export interface RunningStation {
  station: Station;
  /** Stops the services; captures go on by themselves. Never rejects. The database stays open for those who close later. */
  close: () => Promise<void>;
  /** The last thing to do. */
  closeDatabase: () => void;
}

/** Puts the services together: the one place that knows which adapter stands behind which port. */
export async function buildStation({ environment, access, version, log }: StationOptions): Promise<RunningStation> {
  const { dataRoot, agent } = environment;
  const unlock = lockDataRoot(join(dataRoot, 'instance.lock'), dataRoot);
  const clock = new SystemClock();
  const alarms = new Alarms(clock);
  const loop = new InstantLoop(clock, { onError: (error) => log.error(toReelflowError(error).message) });
  const database = openDatabase(join(dataRoot, 'reelflow.sqlite'), { log, alarms });
  const cameras = new CameraRegistry();
  const facts = new SqliteKeyValueStore(database);
  const cores = new OpencastCores();
  const jobs = new SqliteJobQueue(database, { clock, log });
  const audit = new SqliteAuditLog(database);
  access.watch((entry) => audit.append(entry));
  const bus = await openBus({ environment, access, retainedPath: join(dataRoot, 'retained.json'), log, alarms });

  // The previews look for the running capture, the recordings take the camera from the previews: one of them is late.
  let captureDirectory: (camera: string) => string | undefined = () => undefined;
  // Recordings come first, the agents follow them, bookings need both.
  let firstBooking: FirstBooking = () => undefined;
  // So do the restreams, which begin when everything else is there.
  let restreamed: (path: string) => Camera | undefined = () => undefined;
  const sources = {
    get: (idOrName: string) => {
      const camera = cameras.get(idOrName);
      return camera && withSource(camera, restreamed);
    },
  };
  const previews = new FfmpegPreviews({
    cameras: sources,
    captureDirectory: (camera) => captureDirectory(camera),
    log,
    clock,
  });
  const disk = new StatfsDisk(dataRoot);
  const recordings = new RecordingService({
    engine: new RestreamedEngine(new FfmpegEngine({ clock, log }), (path) => restreamed(path)),
    assembler: new FfmpegAssembler({ log }),
    store: new SqliteRecordingStore(database),
    folders: new DataRootFolders(dataRoot),
    facts,
    cameras,
    clock,
    loop,
    alarms,
    disk,
    log,
    releasePreview: (input) => previews.release(input),
    firstBooking: (isWanted) => firstBooking(isWanted),
  });
  captureDirectory = (camera) => recordings.captureDirectory(camera);
  const startedAt = clock.now();
  const schedules = new ScheduleService({
    clock,
    loop,
    store: new SqliteScheduleStore(database, { clock, log }),
    openSource: (source) => openCalendarSource(source, cores),
    alarms,
    log,
    startedAt,
    isShared: (input) => cameras.get(input)?.source.kind !== 'command',
  });
  const s3Places = new S3Places(environment.s3);
  const deliveries = new DeliveryService({
    recordings,
    jobs,
    files: new DeliveryTargets(s3Places),
    alarms,
    clock,
    log,
    agent,
    versions: { reelflow: version },
  });
  const agents = new AgentService({ cores, recordings, cameras, alarms, disk, facts, clock, loop, log, version });
  const bookings = new BookingService({ recordings, agents, cores, clock, loop, log });
  firstBooking = (isWanted) => bookings.firstBooking(isWanted);
  const ingests = new IngestService({
    recordings,
    jobs,
    store: facts,
    cores,
    files: new DiskFiles(),
    alarms,
    clock,
    log,
    agentAt: (coreUrl) => agents.list().find((view) => view.coreUrl === coreUrl)?.name ?? agent,
  });
  const cameraLists = new CameraListService({
    store: new SqliteCameraStore(database),
    openSource: (source) => openCameraSource(source, log),
    makeId: () => randomBytes(4).toString('hex'),
    clock,
    loop,
    alarms,
    log,
  });
  const commands = new CommandDispatcher({ clock, loop, audit, log, memory: new SqliteCommandLog(database) });
  registerIngestCommands(commands, ingests);
  registerCameraCommands(commands, cameraLists);
  const archive = new LazyArchive({
    ...{ dataRoot, agent, alarms, clock, loop, log },
    ...(environment.s3 ? { s3: environment.s3 } : {}),
    ...(environment.database === 'sqlite'
      ? { jobs }
      : { shared: { url: environment.database, isWorker: false, ownRoot: dataRoot } }),
  });
  const shares = new Shares(new ShareSecretFile(join(dataRoot, 'access/share-secret')), clock);
  const clips = new LazyClips({ dataRoot, archive, jobs, clock, loop, log });
  loop.start();
  const restreams = await buildRestream({ environment, database, facts, cameraLists, disk, alarms, clock, loop, log });
  restreamed = (path) => restreams.restreamed.get(path);
  registerRestreamCommands(commands, restreams.restream.cameras);
  await recordings.open();
  archive.goOn();
  clips.goOn();
  return {
    station: {
      environment,
      agent,
      version,
      startedAt,
      dataRoot,
      clock,
      loop,
      cameras,
      cameraLists,
      databases: new DatabaseAddresses(),
      s3Places,
      schedules,
      recordings,
      deliveries,
      previews,
      jobs,
      audit,
      bus: bus.bus,
      commands,
      alarms,
      opencast: { cores, agents, bookings },
      ingests,
      restream: restreams.restream,
      archive,
      clips,
      shares,
      disk,
    },
    close: async () => {
      // Begun first: nodes that close now wait for it.
      const goodbye = agents.close();
      bookings.close();
      const streamsEnded = restreams.close();
      loop.stop();
      commands.close();
      schedules.close();
      cameraLists.close();
      recordings.close();
      clips.close();
      await Promise.allSettled([
        goodbye,
        streamsEnded,
        deliveries.close(),
        ingests.close(),
        archive.close(),
        previews.close(),
        bus.close(),
      ]);
    },
    closeDatabase: () => {
      database.close();
      unlock();
    },
  };
}
