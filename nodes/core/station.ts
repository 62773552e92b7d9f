import type { AuditLog } from './access/audit.ts';
import type { Alarms } from './alarms/alarms.ts';
import type { ArchiveDoor } from './archive/archive.ts';
import type { Commands } from './bus/command.ts';
import type { MessageBus } from './bus/message-bus.ts';
import type { CameraRegistry } from './camera/camera-registry.ts';
import type { Previews } from './camera/previews.ts';
import type { CameraLists } from './camera-list/camera-lists.ts';
import type { ClipsDoor } from './clips/clip.ts';
import type { DatabaseAddresses } from './database-addresses.ts';
import type { Deliveries } from './delivery/deliveries.ts';
import type { Disk } from './disk/disk.ts';
import type { Environment } from './environment.ts';
import type { Ingests } from './ingest/ingests.ts';
import type { StationJobQueue } from './jobs/job-queue.ts';
import type { Opencast } from './opencast/opencast.ts';
import type { Shares } from './playback/shares.ts';
import type { Recordings } from './recording/recordings.ts';
import type { RestreamParts } from './restream/restream.ts';
import type { S3Places } from './s3/s3-places.ts';
import type { Schedules } from './schedule/schedule.ts';
import type { Clock } from './time/clock.ts';
import type { InstantLoop } from './time/instant-loop.ts';

/**
 * What a running Reelflow consists of: the long-lived services that outlive every deploy. Built once by
 * plugin-station, found by nodes and plugins through kit/station.ts.
 */
export interface Station {
  environment: Environment;
  /** REELFLOW_AGENT: this machine's name on the bus. */
  agent: string;
  version: string;
  startedAt: number;
  dataRoot: string;
  clock: Clock;
  /** The one loop for everything that happens at a time; runs from start to stop. */
  loop: InstantLoop;
  cameras: CameraRegistry;
  /** Cameras of tables, files and the dashboard, to be restreamed. */
  cameraLists: CameraLists;
  /** PostgreSQL databases that capture-postgres nodes have declared. */
  databases: DatabaseAddresses;
  /** Object stores that capture-s3 nodes have declared. */
  s3Places: S3Places;
  schedules: Schedules;
  recordings: Recordings;
  /** Of finished recordings into folders and object stores. */
  deliveries: Deliveries;
  previews: Previews;
  jobs: StationJobQueue;
  bus: MessageBus;
  commands: Commands;
  alarms: Alarms;
  /** Cores and capture agents. */
  opencast?: Opencast;
  /** Uploads of finished recordings to Opencast. */
  ingests?: Ingests;
  /** Cameras that are sent on to viewers. */
  restream?: RestreamParts;
  /** Live channels, archived in chunks. */
  archive?: ArchiveDoor;
  /** Ranges of the archive as files. */
  clips?: ClipsDoor;
  /** Links that show ranges of the archive without a login. */
  shares?: Shares;
  disk: Disk;
  /** Who did what; shown to administrators. */
  audit?: AuditLog;
}
