import { recordings } from './0001-recordings.ts';
import { jobs } from './0002-jobs.ts';
import { audit } from './0003-audit.ts';
import { cameraList } from './0010-camera-list.ts';
import { restreams } from './0020-restreams.ts';
import type { SchemaMigration } from './migration.ts';

/** All steps in order; a new one goes to the end. */
export const migrations: readonly SchemaMigration[] = [recordings, jobs, audit, cameraList, restreams];
