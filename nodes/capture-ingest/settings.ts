import type { IngestSettings } from '../core/ingest/ingests.ts';
import { minuteOfDay, type UploadWindow } from '../core/ingest/upload-window.ts';
import { readNames } from '../core/schedule/agent-properties.ts';
import type { NodeSite } from '../kit/node-spec.ts';
import type { IngestConfig } from './config.ts';

const minute = 60_000;
const bytesPerMegabit = 1_000_000 / 8;

/** What the ingest service works with, made of the node's form. */
export function settingsOf({
  id,
  name,
  config,
}: Pick<NodeSite<IngestConfig>, 'id' | 'name' | 'config'>): IngestSettings {
  const window = windowOf(config);
  const access = { read: readNames(config.readRoles), write: readNames(config.writeRoles) };
  return {
    ingestId: id,
    name,
    coreId: config.core,
    ...(config.workflow ? { workflowDefinitionId: config.workflow } : {}),
    workflowParameters: config.workflowParameters,
    flavors: config.flavors,
    tags: Object.fromEntries(Object.entries(config.tags).map(([input, list]) => [input, readNames(list)])),
    degradedTag: config.degradedTag,
    ...(access.read.length + access.write.length > 0 ? { access } : {}),
    delayMinMs: config.delayMinMinutes * minute,
    delayMaxMs: config.delayMaxMinutes * minute,
    bytesPerSecond: config.rateMbit * bytesPerMegabit,
    ...(window ? { window } : {}),
    parallel: config.parallel,
    isOnHold: config.isOnHold,
    keepsFiles: config.keepsFiles,
    onLostReply: config.onLostReply,
  };
}

function windowOf({ windowFrom, windowTo }: IngestConfig): UploadWindow | undefined {
  const fromMinute = minuteOfDay(windowFrom);
  const toMinute = minuteOfDay(windowTo);
  return fromMinute === undefined || toMinute === undefined ? undefined : { fromMinute, toMinute };
}
