import { join } from 'node:path';
import type { DeliveryOverrides, DeliverySettings } from '../core/delivery/deliveries.ts';
import type { Station } from '../core/station.ts';
import { defineNode } from '../kit/define-node.ts';
import { openDelivery } from '../kit/delivery-node.ts';
import { mergeInput } from '../kit/input.ts';
import type { NodeLife, NodeMessage, NodeSite } from '../kit/node-spec.ts';
import { useStation } from '../kit/station.ts';
import { type DeliverConfig, deliverConfig, deliverInput } from './config.ts';

export default function register(red: unknown): void {
  defineNode(red, { type: 'capture-deliver', version: 1, config: deliverConfig, open });
}

function open(site: NodeSite<DeliverConfig>): NodeLife {
  const station = useStation();
  return openDelivery(site, settingsOf(site, station), (message) => overridesOf(message, site.config, station));
}

function settingsOf({ id, name, config }: NodeSite<DeliverConfig>, station: Station): DeliverySettings {
  return {
    deliverId: id,
    name,
    folder: config.folder || defaultFolder(station),
    mode: config.mode,
    nameTemplate: config.nameTemplate,
    // Our own folder may always be made.
    check: config.folder ? config.check : 'create',
  };
}

function overridesOf(message: NodeMessage, config: DeliverConfig, station: Station): DeliveryOverrides {
  const map = { folder: 'folder', mode: 'mode', nameTemplate: 'nameTemplate' } as const;
  const { folder, mode, nameTemplate } = config;
  const { values, sources } = mergeInput(message, { folder, mode, nameTemplate }, map, deliverInput);
  return {
    ...(sources.folder === 'message' ? { folder: values.folder || defaultFolder(station) } : {}),
    ...(sources.mode === 'message' ? { mode: values.mode } : {}),
    ...(sources.nameTemplate === 'message' ? { nameTemplate: values.nameTemplate } : {}),
  };
}

function defaultFolder(station: Station): string {
  return join(station.dataRoot, 'delivered');
}
