import { z } from 'zod';
import type { DeliverySettings } from '../core/delivery/deliveries.ts';
import { ReelflowError } from '../core/errors.ts';
import { recordingStates } from '../core/recording/recording.ts';
import { s3Address } from '../core/s3/s3-places.ts';
import { defineNode } from '../kit/define-node.ts';
import { deliveryStatus } from '../kit/delivery-status.ts';
import { mergeInput } from '../kit/input.ts';
import type { NodeLife, NodeSite } from '../kit/node-spec.ts';
import { readAs } from '../kit/plain-issue.ts';
import { useStation } from '../kit/station.ts';
import { type UploadConfig, uploadConfig, uploadInput } from './config.ts';

const recordingPayload = z.looseObject({
  id: z.string().min(1),
  state: z.enum(recordingStates),
  delivery: z.looseObject({ deliverId: z.string() }).optional(),
});

export default function register(red: unknown): void {
  defineNode(red, { type: 'capture-s3-upload', version: 1, config: uploadConfig, open });
}

function open(site: NodeSite<UploadConfig>): NodeLife {
  const { deliveries } = useStation();
  const settings = settingsOf(site);
  let lastTitle: string | undefined;
  const show = (): void => {
    if (settings) site.show(deliveryStatus(deliveries.progress(), site.id, lastTitle));
    else site.show({ fill: 'yellow', shape: 'ring', text: 'no object store yet' });
  };
  const detach =
    settings &&
    deliveries.attach(settings, {
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
        if (!settings) {
          throw new ReelflowError(
            'STORE_INVALID',
            'store: choose an object store with keys, or set REELFLOW_S3_ENDPOINT',
            {
              field: 'store',
            },
          );
        }
        const { nameTemplate } = site.config;
        const map = { nameTemplate: 'nameTemplate' } as const;
        const { values, sources } = mergeInput(message, { nameTemplate }, map, uploadInput);
        deliveries.deliver(site.id, id, sources.nameTemplate === 'message' ? values : {});
        show();
        return;
      }
      // The recorder tells of our own delivery too; output 1 has said it already.
      const isOwn = delivery?.deliverId === site.id && (state === 'delivering' || state === 'delivered');
      if (!isOwn) send(message);
    },
    close: (isRemoved) => detach?.(isRemoved),
  };
}

/** Undefined while there is no store. */
function settingsOf({ id, name, config }: NodeSite<UploadConfig>): DeliverySettings | undefined {
  const place = useStation().s3Places.get(config.store);
  if (!place) return undefined;
  const folder = s3Address(place, config.prefix);
  // The station keeps its own files: what plays and is looked at there is read from them.
  return { deliverId: id, name, folder, mode: 'copy', nameTemplate: config.nameTemplate, check: 'exists' };
}
