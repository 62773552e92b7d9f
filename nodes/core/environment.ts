import type { S3Place } from './s3/s3-place.ts';

/** The validated REELFLOW_* environment; made once by settings.ts, found at RED.settings.reelflow.environment. */
export interface Environment {
  /** Absolute. */
  dataRoot: string;
  host: string;
  port: number;
  agent: string;
  scenario: string;
  /** `embedded` or mqtt://, mqtts:// of an external broker. */
  broker: string;
  /** PEM certificates of the broker's own authority. */
  brokerCa?: string;
  mqttPort: number;
  database: string;
  role: 'station' | 'worker';
  /** URL or absolute path of an iCalendar. */
  calendar?: string;
  mediaServer?: string;
  mediaServerApi?: string;
  opencast?: { url: string; user: string; password: string; auth: 'basic' | 'digest' };
  /** PG_DSN */
  cameraDatabase?: string;
  /** REELFLOW_ADMIN_PASSWORD. settings.ts takes it out again before anybody else sees the environment. */
  adminPassword?: string;
  s3?: S3Place;
}
