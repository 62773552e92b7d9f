import path from 'node:path';
import type { CameraListSettings } from '../core/camera-list/camera-lists.ts';
import { readColumns } from '../core/camera-list/camera-row.ts';
import type { CameraSourceSettings } from '../core/camera-list/camera-source.ts';
import { ownListId } from '../core/camera-list/own-cameras.ts';
import { readTemplates } from '../core/camera-list/url-template.ts';
import { ReelflowError } from '../core/errors.ts';
import type { Station } from '../core/station.ts';
import type { NodeSite } from '../kit/node-spec.ts';
import type { CameraListConfig } from './config.ts';

type Placed = Pick<NodeSite<CameraListConfig>, 'id' | 'name' | 'config'>;
type Around = Pick<Station, 'databases' | 'dataRoot' | 'environment'>;

/**
 * What the list works with, made of the node's form.
 *
 * @throws DATABASE_MISSING, FILE_MISSING, TEMPLATE_INVALID, COLUMNS_INVALID
 */
export function settingsOf({ id, name, config }: Placed, station: Around): CameraListSettings {
  const source = sourceOf(config, station);
  return {
    listId: source.kind === 'own' ? ownListId : id,
    name,
    source,
    pollMs: config.pollSeconds * 1000,
    columns: readColumns(config.columns),
    templates: readTemplates(config.templates),
  };
}

function sourceOf(config: CameraListConfig, { databases, dataRoot, environment }: Around): CameraSourceSettings {
  const kind = config.source === 'auto' ? (environment.cameraDatabase ? 'database' : 'own') : config.source;
  if (kind === 'own' || kind === 'message') return { kind };
  if (kind === 'file') {
    if (config.path === '') throw new ReelflowError('FILE_MISSING', 'no file of cameras is set', { field: 'path' });
    return { kind, path: path.resolve(dataRoot, config.path) };
  }
  const { table, query, channel } = config;
  const url = databases.get(config.database) ?? environment.cameraDatabase;
  if (!url) {
    throw new ReelflowError('DATABASE_MISSING', 'no database is set: choose one with an address, or set PG_DSN', {
      field: 'database',
    });
  }
  return { kind, url, table, ...(query && { query }), ...(channel && { channel }) };
}
