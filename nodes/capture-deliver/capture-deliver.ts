import { join } from 'node:path';
import { z } from 'zod';
import type { DeliveryOverrides, DeliverySettings } from '../core/delivery/deliveries.ts';
import { recordingStates } from '../core/recording/recording.ts';
import type { Station } from '../core/station.ts';
import { defineNode } from '../kit/define-node.ts';
import { deliveryStatus } from '../kit/delivery-status.ts';
import { mergeInput } from '../kit/input.ts';
import type { NodeLife, NodeMessage, NodeSite } from '../kit/node-spec.ts';
import { readAs } from '../kit/plain-issue.ts';
import { useStation } from '../kit/station.ts';
import { type DeliverConfig, deliverConfig, deliverInput } from './config.ts';

/** What is needed of a recording message; the rest is read from the station itself, where it is up to date. */
const recordingPayload = z.looseObject({
  id: z.string().min(1),
  state: z.enum(recordingStates),
  delivery: z.looseObject({ deliverId: z.string() }).optional(),
});

export default function register(red: unknown): void {
  defineNode(red, { type: 'capture-deliver', version: 1, config: deliverConfig, open });
}

function open(site: NodeSite<DeliverConfig>): NodeLife {
  const station = useStation();
  const { deliveries } = station;
  let lastTitle: string | undefined;
  const show = (): void => site.show(deliveryStatus(deliveries.progress(), site.id, lastTitle));
  const detach = deliveries.attach(settingsOf(site, station), {
    onDelivered: (recording) => {
      lastTitle = recording.title;
      site.send({ topic: 'recording', payload: recording }, null);
      show();
    },
    onProgress: (progress) => {
      site.send(null, { topic: 'progress', payload: progress });
      show();
    },
  });
  show();
  return {
    receive: (message, send) => {
      const { id, state, delivery } = readAs(recordingPayload, message.payload, 'MESSAGE_INVALID', ['payload']);
      if (state === 'recorded') {
        deliveries.deliver(site.id, id, overridesOf(message, site.config, station));
        show();
        return;
      }
      // The recorder tells of our own delivery too; output 1 has said it already.
      const isOwn = delivery?.deliverId === site.id && (state === 'delivering' || state === 'delivered');
      if (!isOwn) send(message);
    },
    close: (isRemoved) => detach(isRemoved),
  };
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
