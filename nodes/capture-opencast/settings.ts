import path from 'node:path';
import type { Environment } from '../core/environment.ts';
import { ReelflowError } from '../core/errors.ts';
import type { CoreSettings } from '../core/opencast/core-settings.ts';
import type { NodeSite } from '../kit/node-spec.ts';
import type { OpencastConfig } from './config.ts';

const second = 1000;

/**
 * How the core is reached, made of the node's form; what it leaves open is that of the environment.
 *
 * @throws OPENCAST_URL_MISSING, OPENCAST_USER_MISSING
 */
export function coreSettingsOf(
  { config, credentials }: Pick<NodeSite<OpencastConfig>, 'config' | 'credentials'>,
  { opencast, dataRoot }: Pick<Environment, 'opencast' | 'dataRoot'>,
): CoreSettings {
  const url = config.url || opencast?.url;
  if (!url) {
    throw new ReelflowError(
      'OPENCAST_URL_MISSING',
      'no Opencast core is set: fill in its address, or set REELFLOW_OPENCAST_URL',
      { field: 'url' },
    );
  }
  const user = credentials['user'] || opencast?.user;
  const password = credentials['password'] || opencast?.password;
  if (!user || !password) {
    throw new ReelflowError(
      'OPENCAST_USER_MISSING',
      'user or password for Opencast is missing: fill them in, or set REELFLOW_OPENCAST_USER and _PASSWORD',
      { field: user ? 'password' : 'user' },
    );
  }
  return {
    url: url.replace(/\/+$/, ''),
    user,
    password,
    auth: config.auth || opencast?.auth || 'basic',
    ...(config.caFile !== '' && { caFile: path.resolve(dataRoot, config.caFile) }),
    isInsecure: config.isInsecure,
    keepsCookies: config.keepsCookies,
    isBackup: config.isBackup,
    overrides: {
      ...(config.captureAdminUrl && { 'org.opencastproject.capture.admin': config.captureAdminUrl }),
      ...(config.schedulerUrl && { 'org.opencastproject.scheduler': config.schedulerUrl }),
      ...(config.ingestUrl && { 'org.opencastproject.ingest': config.ingestUrl }),
    },
    connectTimeoutMs: config.connectTimeoutSeconds * second,
    timeoutMs: config.timeoutSeconds * second,
    stallMs: config.stallSeconds * second,
  };
}
